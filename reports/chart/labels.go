package chart

import (
	"cmp"
	"slices"

	"github.com/wcharczuk/go-chart/v2/drawing"
)

// label is a text beside a point.
type label struct {
	text  string
	x, y  float64
	color drawing.Color
}

// labels writes texts beside points, moved apart where they would overlap.
func (c *canvas) labels(list []label, f frame) {
	const line = 15.0
	slices.SortStableFunc(list, func(a, b label) int { return cmp.Compare(a.y, b.y) })
	for i := 1; i < len(list); i++ {
		list[i].y = max(list[i].y, list[i-1].y+line)
	}
	for i := len(list) - 1; i >= 0; i-- {
		most := f.y + f.h + 4
		if i+1 < len(list) {
			most = list[i+1].y - line
		}
		list[i].y = min(list[i].y, most)
	}
	for _, l := range list {
		s := valueStyle()
		s.color = l.color
		c.text(l.text, l.x, l.y, left, s)
	}
}
