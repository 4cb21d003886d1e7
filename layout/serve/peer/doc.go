// Package peer tells the clients of a server apart, for limits that hold for each.
//
// A client is an IPv4 address or an IPv6 network of 64 bits, of which a single
// machine has as many addresses as it likes ([Group]). Behind a proxy that is trusted, it is who
// the proxy says that it asks for ([Proxies]).
//
// What is remembered of clients is bounded, however many come ([Table]).
package peer
