// Package version knows how Hex writes versions and requirements, and what they
// mean to Elixir.
//
// # Versions
//
// A [Version] is three numbers, perhaps a pre-release, perhaps build metadata:
// 1.4.0-rc.1+exp.5. [Version.Compare] is SemVer 2.0 precedence: build metadata
// does not count, and numbers have no upper limit. [Parse] is more patient than
// today's Elixir, because a mirror must order whatever was published once;
// [Version.Strict] tells whether Elixir itself would read the text.
//
// # Requirements
//
//	requirement = group { " or " group }
//	group       = comparator { " and " comparator }
//	comparator  = [ "==" | "!=" | "!" | ">" | ">=" | "<" | "<=" | "~>" ] version
//
// A missing operator means "==". "and" binds tighter than "or", and there are no
// parentheses: so evaluate Elixir since 1.13 and Hex since 2.0. (Elixir up to 1.10
// went from left to right, 1.11 and 1.12 from right to left; that differs only
// where a requirement has both words.) Only
// "~>" may leave out the patch number, and the last number that is given decides
// its upper bound, which never includes pre-releases of that bound:
//
//	~> 2.1.3   >= 2.1.3 and < 2.2.0-0
//	~> 2.1     >= 2.1.0 and < 3.0.0-0
//
// Registries hold requirements that old clients accepted: "> 0", ">= 1.0", "&&"
// and "||", odd spacing. [ParseRequirement] reads them, missing numbers being
// zero, and [Requirement.Remark] says what was odd. What cannot be read is a
// [*RequirementError]; a mirror treats it like [Any] and warns, so that it holds
// too much rather than too little.
//
// # Pre-releases
//
// [Requirement.Match] has Elixir's switch allow_pre. When it is off, a
// pre-release satisfies "~>", ">" and ">=" only if the comparator itself names a
// pre-release. "==", "!=", "<" and "<=" do not ask: "< 2.0.0" matches 1.0.0-dev
// in either mode.
//
// # Hex 2's solver
//
// The solver of Hex 2 knows no allow_pre: [Requirement.SolverRanges] turns a
// requirement into the ranges that it computes with, which hold pre-releases
// like any other version (it merely tries stable ones first). It does not know
// "!=" and does not take what no version can satisfy; before Hex 2.6 it knew even
// less, as [Requirement.OldSolverRefusal] says.
package version
