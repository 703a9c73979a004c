/**
 * dockerfile/ is the Dockerfile language: text -> syntax tree -> instructions -> graph. It does no I/O but through a resolver, and it
 * must not know how steps run, where images come from or how results are shown.
 *
 * This file is the shape of the syntax tree. It keeps everything (comments, blank lines, continuations, white space, line ends, a byte
 * order mark), so that printing it gives the text back byte for byte; a formatter and an autofixer stand on it.
 */

/** Offsets in UTF-16 units into `Dockerfile.text`; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Dockerfile {
  /** As shown in errors: the path as the user named it. */
  readonly file: string;
  readonly text: string;
  /** The escape character, `\` unless a directive says otherwise. */
  readonly escape: '\\' | '`';
  readonly directives: readonly Directive[];
  /** In the order of the text; together with the directives they cover all of it but a byte order mark at its start. */
  readonly nodes: readonly SyntaxNode[];
}

/** `# syntax=…`, `# escape=…`, `# check=…` at the top. */
export interface Directive {
  /** Lower case. */
  readonly name: string;
  readonly value: string;
  readonly span: Span;
  readonly valueSpan: Span;
}

export type SyntaxNode = BlankNode | CommentNode | InstructionNode;

export interface BlankNode {
  readonly kind: 'blank';
  readonly span: Span;
}

export interface CommentNode {
  readonly kind: 'comment';
  /** Without the `#`. */
  readonly text: string;
  readonly span: Span;
}

export interface InstructionNode {
  readonly kind: 'instruction';
  /** Upper case. */
  readonly keyword: string;
  readonly keywordSpan: Span;
  readonly span: Span;
  /** `--name=value` words directly behind the keyword: their own quotes and escapes are taken away, as BuildKit does before it expands them. */
  readonly flags: readonly FlagNode[];
  /** The whole of it as one line: continuations joined, comments left out, without the bodies of heredocs. */
  readonly line: string;
  /** Where in the text the parts of `line` stand. */
  readonly pieces: readonly LinePiece[];
  /** What stands behind the flags, with continuations joined and comments in between left out, unexpanded. Without the bodies of heredocs. */
  readonly rest: string;
  /** Where in `line` the rest begins. */
  readonly restAt: number;
  /** The span of the rest in the text. */
  readonly restSpan: Span;
  readonly heredocs: readonly HeredocNode[];
  /** Comments inside the continuation lines. */
  readonly comments: readonly CommentNode[];
}

/** From the unit `at` of a line on, up to the next piece, its units stand in the text from `from` on. */
export interface LinePiece {
  readonly at: number;
  readonly from: number;
}

export interface FlagNode {
  readonly name: string;
  /** Undefined for `--link`. */
  readonly value?: string;
  readonly span: Span;
  readonly valueSpan?: Span;
  /** For each unit of `value`, where it stands in the text. */
  readonly valueOffsets: readonly number[];
}

export interface HeredocNode {
  readonly name: string;
  /** False when the name was quoted: nothing in the body is expanded. */
  readonly expand: boolean;
  /** `<<-`: leading tabs are taken away. */
  readonly chomp: boolean;
  /** File descriptor (`3<<EOF`); 0 when none is given. */
  readonly fd: number;
  /** The body as it is used: tabs taken away for `<<-`. */
  readonly content: string;
  /** The body as written, without the line that ends it. */
  readonly bodySpan: Span;
  /** `<<EOF` in the instruction. */
  readonly markerSpan: Span;
}
