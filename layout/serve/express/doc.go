// Package express answers the plainest of HTTP requests before net/http sees them, for a
// fraction of its cost, and leaves everything else to it.
//
// A [Lane] accepts connections, reads what comes, and looks whether it is one whole request that
// could not be plainer: GET or HEAD, HTTP/1.1, a path of letters, digits and a few signs
// without dots or slashes that mean anything, one Host, and no header but those that cannot change
// the answer or that a [Source] is told of. If the source knows the answer, it is sent in
// one piece, and the next request is waited for. In all other cases, whatever it is
// that is out of the ordinary, the connection is handed over with the bytes that were read, and never comes
// back: half a request, two at a time, a query, an unknown header, a header twice, a line that ends
// in a bare newline, a file that is not there.
//
// That is also why this is safe. The lane refuses nothing, guesses nothing and repairs
// nothing; it need not know what a malformed request is, only what a well-formed one of a small
// language is. What it does not understand completely reaches the parser that it would have reached
// without the lane, from the first byte of the request on. There is no body whose end two parsers could see in
// different places, as no header that announces one is in the language.
//
// Each connection has a goroutine and 4 KiB. Nothing is kept between requests but deadlines, which
// are moved only when they have become too near, as moving them costs as much as finding a small file.
package express
