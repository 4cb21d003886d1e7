// Package access lets known clients in: by a password (HTTP basic authentication), by a token
// (Authorization: Bearer), or by a TLS client certificate.
//
// A [Gate] is what one part of a server asks for. Any one of the ways that its [Rule] has is
// enough. Users stand one a line as NAME:HASH, in the form that nginx (auth_basic_user_file)
// and htpasswd know, where a hash is
//
//	$6$SALT$…, $5$SALT$…    SHA-512 and SHA-256 crypt, as "openssl passwd -6" makes them
//	{PLAIN}PASSWORD         for environments whose secrets are kept elsewhere
//
// and tokens one a line as NAME TOKEN, or NAME sha256:HEX with the SHA-256 of the token in
// hexadecimal. The name is what the access log says. Empty lines, and those that begin with "#",
// mean nothing. Files are read again when they change; one that cannot be understood
// leaves what was known before in force, and the log says so.
//
// Hex sends its keys as "Authorization: KEY"; such a header is a token, too.
//
// # What who is not let in can learn
//
// Nothing: the answer is 401 with a few plain words, whatever is asked for, be it there or
// not; 403, if only a certificate would do; 429 after too many wrong attempts. Secrets are compared
// in constant time, an unknown user costs as much time as a known one, and no secret is logged.
//
// # Guessing
//
// A client has ten wrong attempts for a name, and one more every six seconds; sixty wrong attempts
// for all names and tokens, and one more a second. Who has none left is answered
// without a look at what he sends, for that name even if it were right; other names that
// have shown a right password before come through, so that one broken job does not lock out its
// neighbours behind the same address. As tokens cannot be guessed (shorter ones than 16 characters are
// refused in files), a right one always counts.
package access
