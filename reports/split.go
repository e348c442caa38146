package reports

import "slices"

// Segment is a group of conversations of a week and how many of them count in a rate.
type Segment struct {
	Name  string
	N, Of float64
}

// Contribution is one part's share of a rate's change, as fractions: because there is more
// or less of the part (Mix), and because its own rate moved (Own).
type Contribution struct {
	Name string  `json:"-"`
	Mix  float64 `json:"mix"`
	Own  float64 `json:"own"`
}

// Points is the whole contribution.
func (c Contribution) Points() float64 { return c.Mix + c.Own }

// Split splits the change of a rate between two weeks over segments that hold each
// conversation once. The contributions sum to the change. Own is a part's change of rate
// at its mean share, Mix its change of share at how far its mean rate is from the mean
// rate of all: the symmetric form of Kitagawa (1955), "Components of a difference between
// two rates". A part that is in one week alone is all mix.
func Split(before, after []Segment) []Contribution {
	total := func(parts []Segment) (n, of float64) {
		for _, p := range parts {
			n, of = n+p.N, of+p.Of
		}
		return n, of
	}
	n0, of0 := total(before)
	n1, of1 := total(after)
	if of0 == 0 || of1 == 0 {
		return nil
	}
	mean := (n0/of0 + n1/of1) / 2
	in := func(parts []Segment, name string) Segment {
		i := slices.IndexFunc(parts, func(p Segment) bool { return p.Name == name })
		if i < 0 {
			return Segment{Name: name}
		}
		return parts[i]
	}
	var names []string
	for _, p := range slices.Concat(before, after) {
		if !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	out := make([]Contribution, 0, len(names))
	for _, name := range names {
		a, b := in(before, name), in(after, name)
		rate0, rate1 := a.N/a.Of, b.N/b.Of
		switch {
		case a.Of == 0 && b.Of == 0:
			continue
		case a.Of == 0:
			rate0 = rate1
		case b.Of == 0:
			rate1 = rate0
		}
		share0, share1 := a.Of/of0, b.Of/of1
		out = append(out, Contribution{
			Name: name,
			Mix:  (share1 - share0) * ((rate0+rate1)/2 - mean),
			Own:  (share0 + share1) / 2 * (rate1 - rate0),
		})
	}
	return out
}
