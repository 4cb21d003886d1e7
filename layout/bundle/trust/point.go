package trust

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
)

// smallOrder are the y coordinates of the points of small order on edwards25519, in their
// encoding and without the bit for the sign of x. With such a point for a key,
// signatures can be made that hold for any message. libsodium, and so stock
// minisign, refuses them in keys and signatures; crypto/ed25519 does not.
var smallOrder = func() map[[32]byte]bool {
	m := map[[32]byte]bool{}
	for _, text := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000", // order 4
		"0100000000000000000000000000000000000000000000000000000000000000", // order 1
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // order 2
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", // order 8
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", // order 8
	} {
		raw, err := hex.DecodeString(text)
		if err != nil {
			panic(err)
		}
		m[[32]byte(raw)] = true
	}
	return m
}()

// checkPoint refuses what crypto/ed25519 takes for a point and stock minisign does not.
func checkPoint(p [ed25519.PublicKeySize]byte) error {
	p[31] &= 0x7f
	if smallOrder[p] {
		return errors.New("a signature by it proves nothing; somebody may want to deceive you")
	}
	if p[31] != 0x7f || p[0] < 0xed {
		return nil
	}
	for _, b := range p[1:31] {
		if b != 0xff {
			return nil
		}
	}
	return errors.New("its number is larger than any that Ed25519 has")
}
