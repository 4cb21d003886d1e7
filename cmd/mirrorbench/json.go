package main

import (
	"encoding/json"
	"io"
)

// machineLine is the first line of --json.
type machineLine struct {
	Type string `json:"type"` // "machine"
	Machine
}

// rowLine is one contender's figures in --json.
type rowLine struct {
	Type      string             `json:"type"` // "figures"
	Section   string             `json:"section"`
	Title     string             `json:"title"`
	Contender string             `json:"contender"`
	Figures   map[string]float64 `json:"figures,omitempty"` // keys end in their unit
	Remark    string             `json:"remark,omitempty"`
}

// WriteJSON prints each row as an object on a line of its own.
func (t Table) WriteJSON(w io.Writer) error {
	lines := json.NewEncoder(w)
	for _, r := range t.Rows {
		line := rowLine{"figures", t.Section, t.Title, r.Name, r.Figures, r.Remark}
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
