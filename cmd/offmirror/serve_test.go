package main

import (
	"net"
	"testing"
)

func TestReachable(t *testing.T) {
	for _, tc := range []struct {
		ip        net.IP
		url, want string
	}{
		{net.IPv4(127, 0, 0, 1), "http://127.0.0.1:8000", "http://127.0.0.1:8000"},
		{net.IPv4zero, "https://0.0.0.0:8000", "https://127.0.0.1:8000"},
		{net.IPv6unspecified, "http://[::]:8000", "http://127.0.0.1:8000"},
		{net.ParseIP("10.0.0.5"), "http://10.0.0.5:8000", "http://10.0.0.5:8000"},
	} {
		if got := reachable(tc.url, &net.TCPAddr{IP: tc.ip, Port: 8000}); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.url, got, tc.want)
		}
	}
}
