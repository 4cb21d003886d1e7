package julia

// newParts returns the parts that the configuration asks for, in their order.
func (p *planner) newParts() []part {
	var parts []part
	switch {
	case p.mirrorsJulia():
		parts = append(parts, p.newJulias())
	case p.old != nil && p.old.Parts[juliasName] != nil:
		p.next.Parts[juliasName] = p.old.Parts[juliasName] // versions of databases must grow, should there be some again
	}
	if len(p.classic) > 0 {
		parts = append(parts, p.newClassic()) // it shows what the others have
	}
	return parts
}

// mirrorsJulia reports whether Julia itself is part of the mirror.
func (s *settings) mirrorsJulia() bool {
	return len(s.releases) > 0 || s.options.Juliaup || s.classicJulia()
}
