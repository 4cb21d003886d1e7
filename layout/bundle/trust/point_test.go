package trust

import (
	"crypto/ed25519"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// The curve, in numbers too slow for anything but this.
var (
	prime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	curve = mod(new(big.Int).Mul(big.NewInt(-121665), inverse(big.NewInt(121666))))
)

func mod(x *big.Int) *big.Int     { return x.Mod(x, prime) }
func inverse(x *big.Int) *big.Int { return new(big.Int).ModInverse(x, prime) }
func times(x ...*big.Int) *big.Int {
	p := big.NewInt(1)
	for _, x := range x {
		mod(p.Mul(p, x))
	}
	return p
}

type point struct{ x, y *big.Int }

func (p point) add(q point) point {
	one := big.NewInt(1)
	k := times(curve, p.x, q.x, p.y, q.y)
	x := new(big.Int).Add(times(p.x, q.y), times(p.y, q.x))
	y := new(big.Int).Add(times(p.y, q.y), times(p.x, q.x))
	return point{
		times(x, inverse(mod(new(big.Int).Add(one, k)))),
		times(y, inverse(mod(new(big.Int).Sub(one, k)))),
	}
}

func (p point) neutral() bool { return p.x.Sign() == 0 && p.y.Cmp(big.NewInt(1)) == 0 }

// pointAt finds the point with this y and any x.
func pointAt(t *testing.T, y *big.Int) point {
	t.Helper()
	one, square := big.NewInt(1), times(y, y)
	u := mod(new(big.Int).Sub(square, one))
	v := mod(new(big.Int).Add(times(curve, square), one))
	x := new(big.Int).ModSqrt(times(u, inverse(v)), prime)
	if x == nil {
		t.Fatalf("no point has the y coordinate %s", y)
	}
	return point{x, y}
}

func TestSmallOrderIsThatOfEveryPointWhoseOrderDividesEight(t *testing.T) {
	var orders []int
	for encoded := range smallOrder {
		y := slices.Clone(encoded[:])
		slices.Reverse(y)
		p := pointAt(t, new(big.Int).SetBytes(y))
		order, sum := 1, p
		for ; !sum.neutral(); order++ {
			if order > 8 {
				t.Fatalf("%x is of large order", encoded)
			}
			sum = sum.add(p)
		}
		orders = append(orders, order)
	}
	slices.Sort(orders)
	// One point of order 1 and one of 2; two of order 4 that share their y, and four of order 8
	// of which two share one each.
	if !slices.Equal(orders, []int{1, 2, 4, 8, 8}) {
		t.Errorf("orders %v", orders)
	}
}

func TestKeysThatProveNothingAreRefused(t *testing.T) {
	bad := map[string][32]byte{}
	for encoded := range smallOrder {
		bad["small order"+string(encoded[:])] = encoded
		encoded[31] |= 0x80
		bad["small order, other sign"+string(encoded[:])] = encoded
	}
	for low := byte(0xed); low != 0; low++ { // prime to 2^255 - 1
		p := [32]byte(slices.Repeat([]byte{0xff}, 32))
		p[0] = low
		bad["not reduced, other sign "+string(low)] = p
		p[31] = 0x7f
		bad["not reduced "+string(low)] = p
	}
	for name, p := range bad {
		if _, err := ParsePublic(Public{point: p}.String()); err == nil {
			t.Errorf("%q is taken for a key", name)
		}
	}
	// Just beside.
	p := [32]byte(slices.Repeat([]byte{0xff}, 32))
	p[0], p[31] = 0xeb, 0x7f
	if _, err := ParsePublic(Public{point: p}.String()); err != nil {
		t.Errorf("the largest number but one: %v", err)
	}
}

// With the neutral point as the key, one signature holds for every message in crypto/ed25519.
func TestWhatSmallOrderWouldLetThrough(t *testing.T) {
	var key, sig [64]byte
	key[0], sig[0] = 1, 1
	if !ed25519.Verify(key[:32], []byte("anything"), sig[:]) {
		t.Fatal("crypto/ed25519 refuses it by itself: checkPoint may go")
	}
	if _, err := ParsePublic(Public{point: [32]byte(key[:32])}.String()); err == nil || !strings.Contains(err.Error(), "proves nothing") {
		t.Errorf("taken: %v", err)
	}
}
