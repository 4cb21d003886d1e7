package upstreamtest

import "encoding/pem"

// CertificatePEM returns what a client of [NewTLS] has to trust, in PEM form.
func (s *Server) CertificatePEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.http.Certificate().Raw})
}
