package reports

import (
	"cmp"
	"encoding/csv"
	"io"
	"strconv"
)

// WriteCSV writes the table exactly: counts, rates as two numbers, durations as
// their sum in milliseconds and how many there were; a line a week, day or name.
func (t *Table) WriteCSV(out io.Writer) error {
	w := csv.NewWriter(out)
	head := []string{"name"}
	switch {
	case t.OverTime() && t.Query.Range.IsWeeks():
		head[0] = "week"
	case t.OverTime():
		head[0] = "day"
	}
	for _, c := range t.Columns {
		switch c.Unit {
		case Rate:
			head = append(head, c.Name+"_n", c.Name+"_of")
		case Duration:
			head = append(head, c.Name+"_ms", c.Name+"_count")
		default:
			head = append(head, c.Name)
		}
	}
	head = append(head, "open")
	if err := w.Write(head); err != nil {
		return err
	}
	rows := t.Rows
	if t.Report.Shape == Tiles {
		rows = []Row{{Name: "total", Values: t.Total, Open: t.Open}}
	}
	for _, r := range rows {
		line := []string{cmp.Or(string(r.Week), string(r.Day), r.Name)}
		for i, c := range t.Columns {
			line = append(line, strconv.FormatInt(r.Values[i].N, 10))
			if c.Unit != Number {
				line = append(line, strconv.FormatInt(r.Values[i].D, 10))
			}
		}
		if err := w.Write(append(line, strconv.FormatInt(r.Open, 10))); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
