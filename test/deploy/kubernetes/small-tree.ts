import { type Manifest, parseManifests } from './manifests.js';

/** One embedder and the objects that it needs. Passes every rule; each test breaks it in one place. */
const TREE = `
apiVersion: v1
kind: Namespace
metadata: { name: sightline, labels: { pod-security.kubernetes.io/enforce: restricted } }
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: { name: sightline-state }
value: 3
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: { name: sightline-service }
value: 2
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: { name: sightline-archive }
value: 1
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: embedder, namespace: sightline }
automountServiceAccountToken: false
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: sightline }
data:
  HOST: 0.0.0.0
  PORT: '7002'
  STORES: uploads=s3://uploads
  INFERENCE_THREADS: '2'
  SHUTDOWN_TIMEOUT_MS: '10000'
---
apiVersion: v1
kind: Service
metadata: { name: embedder, namespace: sightline }
spec:
  selector: { app: embedder }
  ports: [{ port: 7002, targetPort: http }]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: embedder, namespace: sightline }
spec:
  maxUnavailable: 1
  selector: { matchLabels: { app: embedder } }
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: embedder, namespace: sightline }
spec:
  scaleTargetRef: { name: embedder }
  minReplicaCount: 0
  maxReplicaCount: 4
  fallback: { failureThreshold: 4, replicas: 2 }
  advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: 300 } } } }
  triggers:
    - type: metrics-api
      metadata:
        url: http://ingest.sightline.svc.cluster.local:7001/metrics/scaling
        valueLocation: embedImage.work
        targetValue: '1'
        authMode: bearer
      authenticationRef: { name: metrics }
    - type: metrics-api
      metricType: Value
      metadata:
        url: http://ingest.sightline.svc.cluster.local:7001/metrics/scaling
        valueLocation: embedImage.oldestAgeSeconds
        targetValue: '1'
        authMode: bearer
      authenticationRef: { name: metrics }
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata: { name: metrics, namespace: sightline }
spec: { secretTargetRef: [{ parameter: token, name: metrics, key: key }] }
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: { name: embedder, namespace: sightline }
spec:
  jobLabel: app
  selector: { matchLabels: { app: embedder } }
  podMetricsEndpoints:
    - { port: http, path: /metrics, authorization: { credentials: { name: metrics, key: key } } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: embedder, namespace: sightline }
spec:
  selector: { matchLabels: { app: embedder } }
  template:
    metadata: { labels: { app: embedder } }
    spec:
      serviceAccountName: embedder
      automountServiceAccountToken: false
      shareProcessNamespace: true
      priorityClassName: sightline-archive
      terminationGracePeriodSeconds: 20
      securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: RuntimeDefault } }
      topologySpreadConstraints:
        - topologyKey: topology.kubernetes.io/zone
          maxSkew: 1
          whenUnsatisfiable: ScheduleAnyway
          labelSelector: { matchLabels: { app: embedder } }
        - topologyKey: kubernetes.io/hostname
          maxSkew: 1
          whenUnsatisfiable: ScheduleAnyway
          labelSelector: { matchLabels: { app: embedder } }
      containers:
        - name: embedder
          image: sightline/embedder:0.1.0
          ports: [{ name: http, containerPort: 7002 }]
          envFrom: [{ configMapRef: { name: settings } }]
          env:
            - { name: REDIS_URL, valueFrom: { secretKeyRef: { name: redis, key: url } } }
            - { name: METRICS_KEY, valueFrom: { secretKeyRef: { name: metrics, key: key } } }
          startupProbe: { httpGet: { path: /health/live, port: http }, periodSeconds: 5, failureThreshold: 60 }
          livenessProbe: { httpGet: { path: /health/live, port: http } }
          readinessProbe: { httpGet: { path: /health/ready, port: http } }
          resources:
            requests: { cpu: '1', memory: 1Gi }
            limits: { cpu: '2', memory: 1Gi }
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
          volumeMounts: [{ name: tmp, mountPath: /tmp }]
      volumes: [{ name: tmp, emptyDir: { sizeLimit: 1Mi } }]
`;

/** @param replacements texts to replace, to break a rule */
export function smallTree(replacements: readonly (readonly [string, string])[] = []): Manifest[] {
  let text = TREE;
  for (const [from, to] of replacements) {
    if (!text.includes(from)) throw new Error(`the manifests do not contain ${from}`);
    text = text.replaceAll(from, to);
  }
  return parseManifests(text);
}

export const SMALL_SECRETS = parseManifests(`
apiVersion: v1
kind: Secret
metadata: { name: redis, namespace: sightline }
stringData: { url: 'redis://redis.example.org:6379' }
---
apiVersion: v1
kind: Secret
metadata: { name: metrics, namespace: sightline }
stringData: { key: 'metrics-0123456789' }
`);
