// Package ordered reads and writes JSON as Python's json module does, keeping the order of
// keys.
//
// # Values
//
// null is nil; true and false are bool; text is string; a number is a [Number], a list a
// []any, and an object an [*Object], whose keys stay in the order in which they were first
// set. Where a key is given twice, the later value takes the place of the first, as in a
// dict.
//
// # Reading
//
// [Parse] accepts what json.load accepts of a file in UTF-8, and refuses what it refuses:
// NaN, Infinity and -Infinity are numbers, a leading byte order mark and bytes that are no
// UTF-8 are errors. Where Python would run out of its stack, or convert numbers for hours,
// there are limits: [MaxDepth] and [MaxDigits].
//
// # Writing
//
// [Append] writes what json.dumps writes without options: ", " and ": ", everything but
// printable ASCII as \u and four digits, with pairs for what is above U+FFFF, floats in the shortest
// form that reads back as the same. A lone surrogate, which JSON can spell although it is
// no character, comes out as it went in: it is kept in strings in the three bytes that UTF-8
// would have for it (WTF-8), so strings of this package are to be compared and written, and
// not taken for valid UTF-8. Their byte order is the order of code points, by which
// Python sorts.
package ordered
