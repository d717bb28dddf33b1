import { Controller, UploadedFiles } from '@nestjs/common';
import { recognitionHttp } from '#shared/contracts/http/recognition.http.js';
import { type ParsedInput } from '#shared/contracts/http/route.js';
import { Tenant } from '#shared/platform/http/access.js';
import { Input, Route } from '#shared/platform/http/route.js';
import { type ImageFiles } from '#shared/platform/http/uploads.js';
import { uploadedImage } from './face-finder.js';
import { requestError } from '../request-error.js';
import { IdentifyService } from './identify.service.js';
import { VerifyService } from './verify.service.js';

@Controller()
export class IdentifyController {
  constructor(private readonly identification: IdentifyService) {}

  @Route(recognitionHttp.identify)
  identify(
    @Tenant() tenant: string,
    @Input() { body }: ParsedInput<typeof recognitionHttp.identify>,
    @UploadedFiles() files: ImageFiles | undefined,
  ) {
    return this.identification.identify(tenant, uploadedImage(files, 'image'), body.limit);
  }
}

@Controller()
export class VerifyController {
  constructor(private readonly verification: VerifyService) {}

  @Route(recognitionHttp.verify)
  verify(
    @Tenant() tenant: string,
    @Input() { body: { personId } }: ParsedInput<typeof recognitionHttp.verify>,
    @UploadedFiles() files: ImageFiles | undefined,
  ) {
    const image1 = uploadedImage(files, 'image1');
    if (personId === undefined) {
      return this.verification.verifyImages(tenant, image1, uploadedImage(files, 'image2'));
    }
    if (files?.image2) {
      throw requestError(400, 'REQUEST_INVALID', 'send image2 or personId, not both');
    }
    return this.verification.verifyPerson(tenant, image1, personId);
  }
}
