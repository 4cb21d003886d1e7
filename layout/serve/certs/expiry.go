package certs

import "time"

const (
	// Soon is how long before its end a certificate is warned of.
	Soon = 21 * 24 * time.Hour

	warnEvery = 24 * time.Hour
)

// Expiry is when a certificate ends.
type Expiry struct {
	File  string   // of the certificate
	Names []string // hosts and addresses that it is for
	Until time.Time
}

// Expired reports whether the certificate has ended.
func (e Expiry) Expired(now time.Time) bool { return !now.Before(e.Until) }

// Soon reports whether the certificate ends within [Soon], or has ended.
func (e Expiry) Soon(now time.Time) bool { return e.Until.Sub(now) < Soon }

// Expiries returns when each certificate ends, in their order.
func (k *Keeper) Expiries() []Expiry {
	k.look(time.Now())
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.expiries()
}

func (k *Keeper) expiries() []Expiry {
	all := make([]Expiry, len(k.pairs))
	for i, pair := range k.pairs {
		leaf := pair.Leaf
		names := append([]string{}, leaf.DNSNames...)
		for _, ip := range leaf.IPAddresses {
			names = append(names, ip.String())
		}
		all[i] = Expiry{File: k.o.Pairs[i].Cert, Names: names, Until: leaf.NotAfter}
	}
	return all
}

// warn tells the log of what ends, once a day and when it has ended. The lock is held.
func (k *Keeper) warn(now time.Time) {
	for _, e := range k.expiries() {
		if !e.Soon(now) {
			delete(k.warned, e.File)
			continue
		}
		if last, ok := k.warned[e.File]; ok && now.Sub(last) < warnEvery && e.Expired(last) == e.Expired(now) {
			continue
		}
		k.warned[e.File] = now
		if e.Expired(now) {
			k.log.Error("a certificate has expired: clients refuse this server until it is renewed", "file", e.File, "names", e.Names, "until", e.Until)
		} else {
			k.log.Warn("a certificate expires soon", "file", e.File, "names", e.Names, "until", e.Until)
		}
	}
}
