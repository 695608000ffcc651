/**
 * The messages of `proto/` as tables that `protojson.ts` walks, read from the descriptors that proto-loader gives. Pure.
 */

export type ScalarKind = 'string' | 'bool' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'double' | 'bytes';

export interface EnumSchema {
  readonly name: string;
  readonly numbers: ReadonlyMap<string, number>;
}

interface FieldBase {
  readonly name: string;
  readonly number: number;
  readonly repeated: boolean;
}

export type FieldSchema =
  | (FieldBase & { readonly kind: ScalarKind })
  | (FieldBase & { readonly kind: 'enum'; readonly type: EnumSchema })
  | (FieldBase & { readonly kind: 'message'; readonly type: MessageSchema });

export interface MessageSchema {
  readonly name: string;
  /** In the order in which the proto file declares them, which is the order of hubble's JSON. */
  readonly fields: readonly FieldSchema[];
  readonly byName: ReadonlyMap<string, FieldSchema>;
  readonly byNumber: ReadonlyMap<number, FieldSchema>;
}

/** A MessageSchema that is still being filled. */
interface Building extends MessageSchema {
  readonly fields: FieldSchema[];
  readonly byName: Map<string, FieldSchema>;
  readonly byNumber: Map<number, FieldSchema>;
}

/** The parts of google.protobuf.DescriptorProto that we read, in the form of proto-loader's `type`. */
interface FieldDescriptor {
  readonly name: string;
  readonly number: number;
  readonly label: string;
  readonly type: string;
  readonly typeName: string;
}

interface EnumDescriptor {
  readonly name: string;
  readonly value: readonly { readonly name: string; readonly number: number }[];
}

interface MessageDescriptor {
  readonly name: string;
  readonly field: readonly FieldDescriptor[];
  readonly nestedType: readonly MessageDescriptor[];
  readonly enumType: readonly EnumDescriptor[];
}

/** One entry of proto-loader's package definition. */
export interface Definition {
  readonly format?: unknown;
  readonly type?: unknown;
}

const SCALARS: ReadonlyMap<string, ScalarKind> = new Map([
  ['TYPE_STRING', 'string'],
  ['TYPE_BOOL', 'bool'],
  ['TYPE_INT32', 'int32'],
  ['TYPE_UINT32', 'uint32'],
  ['TYPE_INT64', 'int64'],
  ['TYPE_UINT64', 'uint64'],
  ['TYPE_DOUBLE', 'double'],
  ['TYPE_FLOAT', 'double'],
  ['TYPE_BYTES', 'bytes'],
]);

/** All messages of a package definition, nested ones included, by full name (`flow.Tunnel`). */
export function readSchemas(definitions: Readonly<Record<string, Definition>>): ReadonlyMap<string, MessageSchema> {
  const messages = new Map<string, MessageDescriptor>();
  const enums = new Map<string, EnumSchema>();
  for (const [name, definition] of Object.entries(definitions)) {
    if (definition.format === 'Protocol Buffer 3 DescriptorProto') {
      collect(name, definition.type as MessageDescriptor, messages, enums);
    } else if (definition.format === 'Protocol Buffer 3 EnumDescriptorProto') {
      enums.set(name, readEnum(name, definition.type as EnumDescriptor));
    }
  }

  const schemas = new Map<string, Building>();
  for (const name of messages.keys()) {
    schemas.set(name, { name, fields: [], byName: new Map(), byNumber: new Map() });
  }
  // Messages refer to one another in circles, so fields are filled in when every schema exists.
  for (const [name, message] of messages) {
    const schema = resolve('', name, schemas);
    for (const descriptor of message.field) {
      const field = readField(name, descriptor, schemas, enums);
      schema.fields.push(field);
      schema.byName.set(field.name, field);
      schema.byNumber.set(field.number, field);
    }
  }
  return schemas;
}

function collect(
  name: string,
  message: MessageDescriptor,
  messages: Map<string, MessageDescriptor>,
  enums: Map<string, EnumSchema>,
): void {
  messages.set(name, message);
  for (const inner of message.nestedType) collect(`${name}.${inner.name}`, inner, messages, enums);
  for (const inner of message.enumType) enums.set(`${name}.${inner.name}`, readEnum(`${name}.${inner.name}`, inner));
}

function readEnum(name: string, descriptor: EnumDescriptor): EnumSchema {
  return { name, numbers: new Map(descriptor.value.map((value) => [value.name, value.number])) };
}

function readField(
  scope: string,
  descriptor: FieldDescriptor,
  schemas: ReadonlyMap<string, MessageSchema>,
  enums: ReadonlyMap<string, EnumSchema>,
): FieldSchema {
  const { name, number } = descriptor;
  const base = { name, number, repeated: descriptor.label === 'LABEL_REPEATED' };
  const scalar = SCALARS.get(descriptor.type);
  if (scalar !== undefined) return { ...base, kind: scalar };
  if (descriptor.type === 'TYPE_ENUM') {
    return { ...base, kind: 'enum', type: resolve(scope, descriptor.typeName, enums) };
  }
  if (descriptor.type === 'TYPE_MESSAGE') {
    return { ...base, kind: 'message', type: resolve(scope, descriptor.typeName, schemas) };
  }
  throw new Error(`${scope}.${name} has type ${descriptor.type}, which protojson.ts does not know`);
}

/** A type name is looked for in the message itself, then in each enclosing scope, then as a full name. */
function resolve<T>(scope: string, typeName: string, types: ReadonlyMap<string, T>): T {
  for (let outer = scope; ; outer = outer.slice(0, Math.max(outer.lastIndexOf('.'), 0))) {
    const found = types.get(outer === '' ? typeName : `${outer}.${typeName}`);
    if (found !== undefined) return found;
    if (outer === '') throw new Error(`${scope} refers to ${typeName}, which is not declared`);
  }
}
