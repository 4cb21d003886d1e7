package peer

import "net/netip"

// Group returns what an address counts as: the address itself, or its network of 64 bits. An
// IPv4 address in IPv6 form is the IPv4 address. The zero Addr, of clients that have
// none, as on a Unix socket, is itself.
func Group(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if !a.Is6() {
		return a
	}
	p, _ := a.Prefix(64) // of which no IPv6 address has less
	return p.Addr()
}

// Parse returns the address in "ADDRESS:PORT", as [http.Request] has it, or the zero Addr.
func Parse(remote string) netip.Addr {
	p, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return p.Addr()
}
