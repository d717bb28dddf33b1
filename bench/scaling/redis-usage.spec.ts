import { describe, expect, it } from '@jest/globals';
import { callsOf, parseRedisUsage, usageBetween } from './redis-usage.js';

function info(cpu: number, evalsha: number, rest = ''): string {
  return [
    '# Stats',
    'total_net_input_bytes:1000',
    `total_net_output_bytes:${evalsha * 10}`,
    '# CPU',
    'used_cpu_sys:0.5',
    `used_cpu_user:${cpu}`,
    'used_cpu_sys_children:0.25',
    'used_cpu_user_children:0.000000',
    'used_cpu_sys_main_thread:0.125',
    `used_cpu_user_main_thread:${cpu}`,
    '# Commandstats',
    `cmdstat_evalsha:calls=${evalsha},usec=${evalsha * 40},usec_per_call=40.00,rejected_calls=0`,
    ...(rest === '' ? [] : [rest]),
  ].join('\r\n');
}

describe('RedisUsage', () => {
  it('separates the thread that runs commands from the others', () => {
    const usage = parseRedisUsage(info(2, 5));
    expect(usage).toMatchObject({ mainSeconds: 2.125, allSeconds: 2.75, bytesIn: 1000 });
    expect(usage.commands.get('evalsha')).toEqual({ calls: 5, seconds: 0.0002 });
  });

  it('is the difference between two readings, including new commands', () => {
    const config = 'cmdstat_config|get:calls=3,usec=9,usec_per_call=3.00';
    const between = usageBetween(parseRedisUsage(info(2, 5)), parseRedisUsage(info(3, 9, config)));
    expect(between).toMatchObject({ mainSeconds: 1, allSeconds: 1, bytesIn: 0, bytesOut: 40 });
    expect([...between.commands.keys()]).toEqual(['evalsha', 'config|get']);
    expect(callsOf(between)).toBe(7);
  });

  it('leaves out commands without calls, and rejects a server that does not report its threads', () => {
    const usage = parseRedisUsage(info(2, 5));
    expect(usageBetween(usage, usage).commands.size).toBe(0);
    expect(() => parseRedisUsage('used_cpu_user:1')).toThrow('used_cpu_user_main_thread');
  });
});
