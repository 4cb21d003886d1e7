package certs

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"

	"github.com/offmirror/offmirror/layout/serve/reload"
)

// Files names the two PEM files of a certificate: the chain, leaf first, and its private key.
// They may be the same file.
type Files struct {
	Cert, Key string
}

// held is a pair and what its files were like before it was read.
type held struct {
	*tls.Certificate
	cert, key reload.Stamp
}

func (f Files) load() (held, error) {
	var h held
	if f.Cert == "" || f.Key == "" {
		return h, fmt.Errorf("TLS needs a certificate and its key; one of the two files is not given (%q, %q)", f.Cert, f.Key)
	}
	cert, stamp, err := reload.Read(f.Cert)
	if err != nil {
		return h, fmt.Errorf("certificate: %w", err)
	}
	h.cert = stamp
	key, stamp, err := reload.Read(f.Key)
	if err != nil {
		return h, fmt.Errorf("key of a certificate: %w", err)
	}
	h.key = stamp
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return h, fmt.Errorf("certificate %s with key %s: %w", f.Cert, f.Key, err)
	}
	if pair.Leaf == nil {
		if pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			return h, fmt.Errorf("certificate %s: %w", f.Cert, err)
		}
	}
	h.Certificate = &pair
	return h, nil
}

// loadAuthorities reads the certificates of authorities.
func loadAuthorities(file string) (*x509.CertPool, reload.Stamp, error) {
	data, stamp, err := reload.Read(file)
	if err != nil {
		return nil, stamp, fmt.Errorf("authorities of client certificates: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, stamp, fmt.Errorf("authorities of client certificates: %s holds no certificate in PEM", file)
	}
	return pool, stamp, nil
}
