package ingest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Open tells the format of a file by its first bytes: gzip or not, its encoding, then JSON
// in any arrangement or CSV.
func (in *Intake) Open(r io.Reader) (Reader, error) {
	src, err := Text(r)
	if err != nil {
		return nil, err
	}
	first, err := src.Peek(peeked)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch t := bytes.TrimLeft(first, " \t\r\n"); {
	case len(t) == 0:
		return in.Lines(src), nil
	case t[0] == '[', t[0] == '{':
		return in.JSON(src)
	}
	return in.CSV(src), nil
}

// peeked is how much of a stream is looked at to tell what it is.
const peeked = 1 << 16

// JSON reads events that stand on a line each, or in any other arrangement.
func (in *Intake) JSON(r io.Reader) (Reader, error) {
	src := bufio.NewReaderSize(r, peeked)
	first, err := src.Peek(peeked)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if isOnLines(bytes.TrimLeft(first, " \t\r\n")) {
		return in.Lines(src), nil
	}
	return in.Values(src), nil
}

// isOnLines reports whether the first value is an event on a line of its own, or else
// nothing that could go on.
func isOnLines(first []byte) bool {
	line, rest, more := bytes.Cut(first, []byte("\n"))
	if len(line) == 0 || line[0] != '{' {
		return len(line) > 0 && line[0] != '['
	}
	_, err := Lenient(bytes.NewReader(line)).ReadValue()
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil, !more:
		return !isEnvelope(line)
	case !errors.Is(err, io.ErrUnexpectedEOF) && errors.As(err, &syntax):
		return true // no JSON, and the next line may be
	}
	return bytes.HasPrefix(rest, []byte("{")) // cut off, or it goes on
}

// isEnvelope reports whether the beginning of an object, or the whole, holds an array of
// events.
func isEnvelope(raw []byte) bool {
	dec := Lenient(bytes.NewReader(raw))
	if _, err := dec.ReadToken(); err != nil {
		return false
	}
	for dec.PeekKind() == '"' {
		if err := dec.SkipValue(); err != nil {
			return false
		}
		if dec.PeekKind() == '[' {
			depth := dec.StackDepth()
			if _, err := dec.ReadToken(); err != nil {
				return false
			}
			if dec.PeekKind() != ']' {
				if element, err := dec.ReadValue(); err != nil || looksLikeEvent(element) {
					return err == nil
				}
			}
			for dec.StackDepth() > depth {
				if _, err := dec.ReadToken(); err != nil {
					return false
				}
			}
		} else if err := dec.SkipValue(); err != nil {
			return false
		}
	}
	return false
}

// Lenient reads JSON in which a name may stand twice and a text may be no UTF-8: what is
// wrong inside one value is that value's error, not the stream's.
func Lenient(r io.Reader) *jsontext.Decoder {
	return jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// members are the members of an object; of anything else none.
func members(raw jsontext.Value) iter.Seq2[string, jsontext.Value] {
	return func(yield func(string, jsontext.Value) bool) {
		dec := Lenient(bytes.NewReader(raw))
		if open, err := dec.ReadToken(); err != nil || open.Kind() != '{' {
			return
		}
		for dec.PeekKind() == '"' {
			name, err := dec.ReadToken()
			if err != nil {
				return
			}
			key := name.String()
			value, err := dec.ReadValue()
			if err != nil || !yield(key, value) {
				return
			}
		}
	}
}

// Text is a file's text in UTF-8: unpacked, and without a byte order mark.
func Text(r io.Reader) (*bufio.Reader, error) {
	src := bufio.NewReaderSize(r, peeked)
	if magic, _ := src.Peek(2); bytes.Equal(magic, gzipMagic) {
		z, err := gzip.NewReader(src)
		if err != nil {
			return nil, fmt.Errorf("not a gzip file: %w", err)
		}
		z.Multistream(false)
		src = bufio.NewReaderSize(&gzipMembers{src: src, z: z}, peeked)
	}
	first, err := src.Peek(4)
	if err != nil && err != io.EOF {
		return nil, err
	}
	utf16 := func(order unicode.Endianness) *bufio.Reader {
		return bufio.NewReaderSize(transform.NewReader(src, unicode.UTF16(order, unicode.UseBOM).NewDecoder()), peeked)
	}
	switch {
	case bytes.HasPrefix(first, []byte("\xff\xfe")), len(first) == 4 && first[0] != 0 && first[1] == 0 && first[3] == 0:
		return utf16(unicode.LittleEndian), nil
	case bytes.HasPrefix(first, []byte("\xfe\xff")), len(first) == 4 && first[0] == 0 && first[1] != 0 && first[2] == 0:
		return utf16(unicode.BigEndian), nil
	case bytes.HasPrefix(first, []byte("\ufeff")):
		_, err = src.Discard(3)
		return src, err
	}
	return src, nil
}

var gzipMagic = []byte{0x1f, 0x8b}

// gzipMembers reads the members of a gzip file, behind which zeros may stand, as tapes and
// some downloads leave them.
type gzipMembers struct {
	src *bufio.Reader
	z   *gzip.Reader
}

func (m *gzipMembers) Read(p []byte) (int, error) {
	for {
		n, err := m.z.Read(p)
		if n > 0 || err != io.EOF {
			if err == io.EOF {
				err = nil
			}
			return n, err
		}
		for {
			b, err := m.src.ReadByte()
			if err != nil {
				return 0, err
			}
			if b != 0 {
				break
			}
		}
		if err := m.src.UnreadByte(); err != nil {
			return 0, err
		}
		if err := m.z.Reset(m.src); err != nil {
			return 0, fmt.Errorf("something that is not gzip follows what is: %w", err)
		}
		m.z.Multistream(false)
	}
}
