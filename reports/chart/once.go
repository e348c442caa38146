package chart

import (
	"cmp"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// maxBars is how many names are drawn beside what gathers the others.
const maxBars = 8

// bars draws a horizontal bar for each name, the largest first.
func (c *canvas) bars(t *reports.Table, p *lang.Printer, top float64) {
	type bar struct {
		name string
		n    int64
	}
	var list []bar
	var total, most int64
	for i, r := range t.Rows {
		n := r.Values[0].N
		total += n
		if i < maxBars || len(t.Rows) == maxBars+1 {
			list = append(list, bar{p.Name(r.Name), n})
			continue
		}
		if i == maxBars {
			list = append(list, bar{p.Name(reports.OtherName) + " (" + p.Number(int64(len(t.Rows)-maxBars)) + ")", 0})
		}
		list[maxBars].n += n
	}
	names, values := 0.0, 0.0
	text := textStyle()
	value := func(b bar) string {
		share := reports.Value{Unit: reports.Rate, N: b.n, D: total}
		if !share.OK() {
			return p.Number(b.n)
		}
		return p.Number(b.n) + " · " + p.Percent(share.Percent())
	}
	for _, b := range list {
		names = max(names, text.width(b.name))
		values = max(values, valueStyle().width(value(b)))
		most = max(most, b.n)
	}
	names = min(names, (width-2*margin)*0.38)
	x := margin + names + 8
	w := width - margin - x - values - 7
	for i, b := range list {
		y := top + margin + float64(i)*barHeight
		color := blue
		if i == maxBars && len(t.Rows) > maxBars+1 {
			color = grey
		}
		length := max(1.5, w*float64(b.n)/float64(max(most, 1)))
		c.text(text.fit(b.name, names), x-8, y+barHeight/2+4.5, right, text)
		c.rect(x, y+barHeight*0.15, length, barHeight*0.7, color)
		c.text(value(b), x+length+7, y+barHeight/2+4.5, left, valueStyle())
	}
}

// tiles draws each figure as a large number under its name.
func (c *canvas) tiles(t *reports.Table, p *lang.Printer, top float64) {
	drawn := t.Drawn()
	said := map[string]lang.ImpactWords{}
	if t.Impact != nil {
		for _, w := range p.Impact(t.Impact, "digest_up", "digest_down") {
			said[w.Figure] = w
		}
	}
	const across, gap = 2, 8.0
	const w, h = (width - 2*margin - gap*(across-1)) / across, tileRows - gap
	for n, i := range drawn {
		x := margin + float64(n%across)*(w+gap)
		y := top + float64(n/across)*(h+gap)
		c.rect(x, y, w, h, rgba(0x80848a, 0.1))
		c.rect(x, y, 3, h, inkOf(t, i, n))
		const inside = w - 22
		name := smallStyle()
		name.shrink(p.Column(t.Columns[i]), inside)
		c.text(name.fit(p.Column(t.Columns[i]), inside), x+13, y+19, left, name)
		big := style{faces().bold, 20, ink}
		v := t.Total[i]
		text := p.Value(v)
		note := tileNote(t, p, i)
		if w, ok := said[t.Columns[i].Name]; ok {
			text, note = w.Value, cmp.Or(w.Change, w.More)
		}
		if !v.Says() {
			big = textStyle()
		}
		big.shrink(text, inside)
		c.text(big.fit(text, inside), x+13, y+45, left, big)
		if note != "" {
			small := smallStyle()
			small.shrink(note, inside)
			c.text(small.fit(note, inside), x+13, y+66, left, small)
		}
	}
}

// tileNote is what stands small under a figure.
func tileNote(t *reports.Table, p *lang.Printer, column int) string {
	find := func(name string) (reports.Value, bool) {
		for i, c := range t.Columns {
			if c.Name == name {
				return t.Total[i], t.Total[i].OK()
			}
		}
		return reports.Value{}, false
	}
	switch t.Columns[column].Name {
	case "resolved":
		if v, ok := find("resolution_rate"); ok && !v.TooFew() {
			return p.T("digest_of_handled", lang.Args{"Rate": p.Value(v)})
		}
	case "resolution_time":
		if v, ok := find("resolution_median"); ok {
			return p.T("column_resolution_median") + " " + p.Value(v)
		}
	case "helpful":
		if v := t.Total[column]; v.Says() {
			return p.Count("digest_ratings", v.D)
		}
	}
	return ""
}
