package julia

// newParts returns the parts that the configuration asks for, in their order.
func (p *planner) newParts() []part {
	return nil
}
