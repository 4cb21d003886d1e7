// Package certs keeps the certificates of a server: several, chosen by the name that a
// client asks for (SNI), read again when their files change, and watched for the day on which
// they expire.
//
// A pair of files is looked at when a client comes, at most once a second, so that nothing runs
// while nobody asks and a renewed certificate counts at once. Links are followed, as tools that
// renew certificates swap one. A pair that does not fit, as between the writing of its
// two files, or that cannot be read, leaves the one before in use; the log says so once, and
// it is tried again with every look. Connections that are open keep what they began with.
package certs
