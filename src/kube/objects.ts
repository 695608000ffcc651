/** What is read of objects of the API, as they come in JSON: everything may be missing, nothing is of another type than the API has it. Pure. */
export interface ServiceObject {
  readonly spec?: {
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly port?: number; readonly targetPort?: number | string }[];
  };
}

export interface PodObject {
  readonly metadata?: {
    readonly name?: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly {
      readonly name?: string;
      readonly image?: string;
      readonly ports?: readonly { readonly name?: string; readonly containerPort?: number }[];
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly startTime?: string;
    readonly conditions?: readonly {
      readonly type?: string;
      readonly status?: string;
      readonly lastTransitionTime?: string;
    }[];
    readonly containerStatuses?: readonly {
      readonly name?: string;
      readonly restartCount?: number;
      readonly state?: { readonly running?: { readonly startedAt?: string } };
      readonly lastState?: { readonly terminated?: { readonly reason?: string; readonly exitCode?: number } };
    }[];
  };
}

/** The items of a list object. */
export function itemsOf(answer: unknown): readonly PodObject[] {
  if (typeof answer !== 'object' || answer === null || !('items' in answer) || !Array.isArray(answer.items)) return [];
  return answer.items.filter((item): item is PodObject => typeof item === 'object' && item !== null);
}

/** Whether the pod answers its readiness probe. */
export function isReady({ status }: PodObject): boolean {
  return conditionOf(status, 'Ready')?.status === 'True';
}

/** Since when it is as ready as it is, ms since the epoch; NaN = not told. */
export function readySince({ status }: PodObject): number {
  return Date.parse(conditionOf(status, 'Ready')?.lastTransitionTime ?? '');
}

type Condition = NonNullable<NonNullable<PodObject['status']>['conditions']>[number];

function conditionOf(status: PodObject['status'], type: string): Condition | undefined {
  return status?.conditions?.find((one) => one.type === type);
}
