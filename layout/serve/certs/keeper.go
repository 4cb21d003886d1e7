package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/offmirror/offmirror/layout/serve/reload"
)

// Options of a [Keeper].
type Options struct {
	// Pairs are the certificates, the one for clients that name none of them first. There
	// is at least one.
	Pairs []Files

	// ClientCA is a PEM file with the authorities whose client certificates are
	// accepted. Clients are then asked for one, and may have none; who shows one of another
	// authority gets no connection. Empty: nobody is asked.
	ClientCA string

	// Logger is told what cannot be read again and what expires; nil: nobody.
	Logger *slog.Logger
}

// Keeper holds certificates. It may be used by many goroutines.
type Keeper struct {
	o   Options
	log *slog.Logger

	mu      sync.RWMutex
	looked  time.Time
	pairs   []held // as o.Pairs
	clients *x509.CertPool
	caStamp reload.Stamp
	failed  string               // what the log was told last
	warned  map[string]time.Time // of expiry, by file
}

// New reads all files. An error is one line and names the file.
func New(o Options) (*Keeper, error) {
	if len(o.Pairs) == 0 {
		return nil, errors.New("TLS needs a certificate")
	}
	k := &Keeper{o: o, log: o.Logger, pairs: make([]held, len(o.Pairs)), warned: map[string]time.Time{}}
	if k.log == nil {
		k.log = slog.New(slog.DiscardHandler)
	}
	k.looked = time.Now()
	if err := k.reread(true); err != nil {
		return nil, err
	}
	k.warn(k.looked)
	return k, nil
}

// Config returns the configuration of a TLS server that uses the keeper: TLS 1.2 and above, as
// Hex knows nothing newer, HTTP/2 and HTTP/1.1.
func (k *Keeper) Config() *tls.Config {
	c := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: k.choose,
	}
	if k.o.ClientCA != "" {
		c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
			k.look(time.Now())
			k.mu.RLock()
			defer k.mu.RUnlock()
			mine := c.Clone()
			mine.GetConfigForClient, mine.ClientAuth, mine.ClientCAs = nil, tls.VerifyClientCertIfGiven, k.clients
			return mine, nil
		}
	}
	return c
}

// choose returns the first certificate that suits what a client asks for, or else the first.
func (k *Keeper) choose(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.look(time.Now())
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, pair := range k.pairs {
		if hello.SupportsCertificate(pair.Certificate) == nil {
			return pair.Certificate, nil
		}
	}
	return k.pairs[0].Certificate, nil
}

// look reads again what has changed since the last look, unless that was a moment ago.
func (k *Keeper) look(now time.Time) {
	k.mu.RLock()
	fresh := now.Sub(k.looked) < reload.Every
	k.mu.RUnlock()
	if fresh {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if now.Sub(k.looked) < reload.Every {
		return // another one was faster
	}
	k.looked = now
	k.refresh(now)
}

// Covers reports whether there is a certificate for a host name.
func (k *Keeper) Covers(host string) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, pair := range k.pairs {
		if pair.Leaf.VerifyHostname(host) == nil {
			return true
		}
	}
	return false
}

// Reload looks at all files now.
func (k *Keeper) Reload() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.looked = time.Now()
	k.refresh(k.looked)
}

// refresh is for who holds the lock.
func (k *Keeper) refresh(now time.Time) {
	switch err := k.reread(false); {
	case err == nil:
		k.failed = ""
	case err.Error() != k.failed:
		k.failed = err.Error()
		k.log.Error("keep using the certificates from before", "error", err)
	}
	k.warn(now)
}

// reread reads what has changed, or everything. The first error counts, but does not
// keep the others from being read.
func (k *Keeper) reread(all bool) error {
	var errs []error
	for i, files := range k.o.Pairs {
		was := k.pairs[i]
		if !all && was.cert.Same(reload.StampOf(files.Cert)) && was.key.Same(reload.StampOf(files.Key)) {
			continue
		}
		now, err := files.load()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		k.pairs[i] = now
		if !all {
			k.log.Info("a certificate was renewed", "file", files.Cert, "until", now.Leaf.NotAfter)
		}
	}
	if ca := k.o.ClientCA; ca != "" && (all || !k.caStamp.Same(reload.StampOf(ca))) {
		pool, stamp, err := loadAuthorities(ca)
		if err != nil {
			errs = append(errs, err)
		} else {
			k.clients, k.caStamp = pool, stamp
		}
	}
	if len(errs) > 0 {
		return errs[0]
	}
	return nil
}
