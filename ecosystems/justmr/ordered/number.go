package ordered

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// MaxDigits is how many digits a whole number may have: Python's own limit.
const MaxDigits = 4300

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (p *parser) digits() int {
	begin := p.at
	for isDigit(p.next()) {
		p.at++
	}
	return p.at - begin
}

// number reads a number as far as it goes: what follows "0" in "01" is not its business.
func (p *parser) number() (any, error) {
	begin := p.at
	if p.next() == '-' {
		p.at++
	}
	whole := 1
	if p.next() == '0' {
		p.at++
	} else if whole = p.digits(); whole == 0 {
		return nil, fmt.Errorf("want digits behind a minus")
	}
	float := p.fraction()
	float = p.exponent() || float
	text := string(p.data[begin:p.at])
	switch {
	case !float && whole > MaxDigits:
		p.at = begin
		return nil, fmt.Errorf("a whole number of more than %d digits", MaxDigits)
	case !float && text == "-0":
		return Number("0"), nil
	case !float:
		return Number(text), nil
	}
	f, _ := strconv.ParseFloat(text, 64) // out of range is infinite, as for Python
	return Float(f), nil
}

// fraction reads .DIGITS, if that is what follows.
func (p *parser) fraction() bool {
	back := p.at
	if p.word(".") && p.digits() > 0 {
		return true
	}
	p.at = back
	return false
}

// exponent reads e+DIGITS, if that is what follows.
func (p *parser) exponent() bool {
	back := p.at
	if p.word("e") || p.word("E") {
		if !p.word("+") {
			p.word("-")
		}
		if p.digits() > 0 {
			return true
		}
	}
	p.at = back
	return false
}

// Float returns a float as Python writes it: in the shortest form that reads back as the same,
// with an exponent from 1e+16 on and below 1e-04, and never like a whole number.
func Float(f float64) Number {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	text := strconv.FormatFloat(f, 'e', -1, 64)
	_, exponent, _ := strings.Cut(text, "e")
	if e, _ := strconv.Atoi(exponent); e < -4 || e >= 16 {
		return Number(text)
	}
	text = strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return Number(text)
}
