package config

import (
	"errors"
	"fmt"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
)

// fruit is the options struct of an ecosystem that has an option of every kind.
type fruit struct {
	Upstream     string              `toml:"upstream" doc:"Where it grows."`
	Apples       []string            `toml:"apples" doc:"Apples to pick." selection:"true"`
	Cherries     []string            `toml:"cherries" doc:"Files of cherries." path:"true" selection:"true"`
	Mirrors      []string            `toml:"mirrors" doc:"Other orchards."`
	SigningKey   string              `toml:"signing_key" doc:"Key file." path:"true"`
	Ripe         bool                `toml:"ripe" doc:"Only ripe ones."`
	Count        int                 `toml:"count" doc:"How many."`
	Weight       float64             `toml:"weight" doc:"Kilograms."`
	Wait         time.Duration       `toml:"wait" doc:"Patience."`
	Colour       colour              `toml:"colour" doc:"red | green"`
	Juice        string              `toml:"juice" flag:"-" doc:"No flag."`
	Orchards     map[string][]string `toml:"orchards" doc:"By name."`
	Hosts        map[string]host     `toml:"hosts" doc:"Per host."`
	Repositories []host              `toml:"repositories" doc:"More of them."`
	Single       host                `toml:"single" doc:"One table."`
	hidden       int
}

type host struct {
	Name string `toml:"name" doc:"Its name."`
	CA   string `toml:"ca" doc:"Its CA." path:"true"`
}

type colour string

func (c *colour) UnmarshalText(text []byte) error {
	switch s := colour(text); s {
	case "red", "green":
		*c = s
		return nil
	}
	return fmt.Errorf("want red or green, not %q", text)
}

func fruits() ecosystems.Ecosystem {
	return ecosystems.Ecosystem{
		Name: "fruit", Aliases: []string{"obst"}, Summary: "Fruit of all kinds",
		Options: func() any {
			return &fruit{Upstream: "https://orchard.example", Ripe: true, Colour: "red", Apples: nil, Single: host{Name: "orchard"}, hidden: 1}
		},
		New: func(options any) (ecosystems.Driver, error) {
			if options.(*fruit).Count < 0 {
				return nil, errors.New("count: want 0 or more")
			}
			return nil, nil
		},
	}
}

func nuts() ecosystems.Ecosystem {
	return ecosystems.Ecosystem{
		Name: "nuts", Summary: "Nuts",
		Options: func() any {
			return &struct {
				Upstream string `toml:"upstream" doc:"Tree."`
			}{"https://tree.example"}
		},
	}
}

func known() []ecosystems.Ecosystem { return []ecosystems.Ecosystem{fruits(), nuts()} }
