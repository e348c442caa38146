package ingest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// Lines reads NDJSON: one event a line. A bad line does not spoil the others,
// empty ones are passed over.
func (in *Intake) Lines(r io.Reader) Reader {
	return &lineReader{in: in, r: bufio.NewReaderSize(r, 1<<16)}
}

type lineReader struct {
	in    *Intake
	r     *bufio.Reader
	buf   []byte
	line  int
	index int
}

func (l *lineReader) Next() (Item, error) {
	for {
		raw, size, err := l.readLine()
		if err != nil && (err != io.EOF || size == 0) {
			return Item{}, err
		}
		l.line++
		if raw = bytes.TrimSpace(raw); len(raw) == 0 && size <= MaxEventBytes {
			continue
		}
		item := Item{Index: l.index, Line: l.line, Raw: raw}
		l.index++
		if size > MaxEventBytes {
			item.Err = fmt.Errorf("has %d bytes, %d at most", size, MaxEventBytes)
			return item, nil
		}
		item.Event, item.Err = l.in.Decode(raw)
		return item, nil
	}
}

// readLine returns a line, cut where it is too long, and its whole length.
func (l *lineReader) readLine() (line []byte, size int, err error) {
	l.buf = l.buf[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		size += len(part)
		if err == nil && len(l.buf) == 0 {
			return part, size, nil
		}
		if room := MaxEventBytes - len(l.buf); room > 0 {
			l.buf = append(l.buf, part[:min(room, len(part))]...)
		}
		if err != bufio.ErrBufferFull {
			return l.buf, size, err
		}
	}
}
