package chart

import "agentreport/reports"

// What people noted on the time line: a dotted line through all panels, and its
// text above them.
const (
	noteHeight = 17.0  // of a line of notes
	noteLines  = 2     // at most
	noteWidest = 190.0 // a longer text is cut
)

// noteRoom is how much of the height the notes take.
func noteRoom(t *reports.Table) float64 {
	return noteHeight * float64(min(len(t.Annotations), noteLines))
}

// notePlace is where a note stands on the time line.
func notePlace(t *reports.Table, a *reports.Annotation, f frame) float64 {
	zone := t.Query.Rules.Zone
	first, end := t.Query.Range.From.Start(zone), t.Query.Range.To.Start(zone)
	part := a.At.Sub(first).Hours() / end.Sub(first).Hours()
	return f.x + f.slot(len(t.Rows))*float64(len(t.Rows))*min(max(part, 0), 1)
}

// placedNote is where a note's text goes; without text there was no room.
type placedNote struct {
	x, y float64 // of the line; y is where it begins
	text string
	side align
}

// placeNotes gives each note, the latest first, the first line with room for its
// text, on either side of its mark.
func placeNotes(t *reports.Table, f frame, top float64) []placedNote {
	s := smallStyle()
	lines := min(len(t.Annotations), noteLines)
	free := [noteLines]float64{} // up to where a line is empty, from the right
	for i := range free {
		free[i] = width - margin
	}
	placed := make([]placedNote, len(t.Annotations))
	for i := len(t.Annotations) - 1; i >= 0; i-- {
		x := notePlace(t, &t.Annotations[i], f)
		placed[i] = placedNote{x: x, y: top + noteRoom(t)}
		text := s.fit(reports.Clean(t.Annotations[i].Text), noteWidest)
		w := s.width(text)
		for n := range lines {
			begin, side := x+4, left
			if begin+w > free[n] {
				begin, side = x-4-w, right
			}
			if begin < margin || begin+w > free[n] {
				continue
			}
			placed[i] = placedNote{x, top + noteHeight*float64(n), text, side}
			free[n] = min(begin, x) - 8
			break
		}
	}
	return placed
}

// noteMarks draws the lines of the notes through a panel.
func (c *canvas) noteMarks(placed []placedNote, f frame) {
	for _, n := range placed {
		c.line(n.x, f.y-8, n.x, f.y+f.h, 1, light(ink, 0.6), 4, 5)
	}
}

// noteTexts writes the texts, each with a line down to its mark.
func (c *canvas) noteTexts(placed []placedNote, bottom float64) {
	s := smallStyle()
	for _, n := range placed {
		if n.text == "" {
			continue
		}
		at := n.x + 4
		if n.side == right {
			at = n.x - 4 - s.width(n.text)
		}
		c.line(n.x, n.y+3, n.x, bottom, 1, light(ink, 0.6))
		c.text(n.text, at, n.y+13, left, s)
	}
}
