package chart

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"

	gochart "github.com/wcharczuk/go-chart/v2"
	"github.com/wcharczuk/go-chart/v2/drawing"
)

// Sizes are in points: a chart is 400 points wide, and a point is three pixels. On a phone
// that shows it 360 pixels wide the smallest letters are 11 pixels.
const (
	width  = 400.0
	pixels = 3
	margin = 6.0

	titleSize = 17.0
	textSize  = 13.0
	smallSize = 12.5
	leastSize = 12.25 // down to which letters shrink
)

func rgb(hex uint32) drawing.Color {
	return drawing.Color{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 255}
}

// The ground is transparent, since the reader's is light or dark. So the letters are of the
// grey that stands out most from both, and the colours are those of Okabe and Ito, which
// people with any colour vision tell apart, darkened where they would be lost on white.
var (
	ink        = rgb(0x73777d)
	grid       = rgba(0x80848a, 0.22)
	rule       = rgba(0x80848a, 0.7)
	blue       = rgb(0x0b78bd)
	orange     = rgb(0xc98500)
	green      = rgb(0x009e73)
	vermilion  = rgb(0xd55e00)
	purple     = rgb(0xb0578d)
	sky        = rgb(0x56a8dd)
	grey       = rgb(0x8a9099)
	seriesInks = []drawing.Color{blue, orange, green, purple, sky, vermilion, grey}
)

func rgba(hex uint32, share float64) drawing.Color { return light(rgb(hex), share) }

// light is a colour through which the ground shows.
func light(c drawing.Color, share float64) drawing.Color {
	c.A = uint8(math.Round(share * 255))
	return c
}

// canvas draws with go-chart's renderer, in points.
type canvas struct {
	r      gochart.Renderer
	height float64
}

func newCanvas(height float64) (*canvas, error) {
	r, err := gochart.PNG(width*pixels, px(height))
	if err != nil {
		return nil, err
	}
	r.SetDPI(64) // go-chart takes a font size times this for 64ths of a pixel
	return &canvas{r, height}, nil
}

func px(v float64) int { return int(math.Round(v * pixels)) }

func (c *canvas) rect(x, y, w, h float64, fill drawing.Color) {
	if w <= 0 || h <= 0 {
		return
	}
	c.r.SetFillColor(fill)
	c.r.MoveTo(px(x), px(y))
	c.r.LineTo(px(x+w), px(y))
	c.r.LineTo(px(x+w), px(y+h))
	c.r.LineTo(px(x), px(y+h))
	c.r.Close()
	c.r.Fill()
}

// hatched is a bar that may still change: thin stripes of its colour in its
// outline.
func (c *canvas) hatched(x, y, w, h float64, color drawing.Color) {
	if w <= 0 || h <= 0 {
		return
	}
	c.rect(x, y, w, h, light(color, 0.2))
	const gap = 4.0
	for d := gap; d < w+h; d += gap {
		// a stripe from the left or bottom edge up to the top or right edge
		x0, y0, x1, y1 := x, y+d, x+d, y
		if y0 > y+h {
			x0, y0 = x+d-h, y+h
		}
		if x1 > x+w {
			x1, y1 = x+w, y+d-w
		}
		c.line(x0, y0, x1, y1, 0.75, light(color, 0.7))
	}
	c.line(x, y, x+w, y, 1, color)
	c.line(x, y, x, y+h, 1, color)
	c.line(x+w, y, x+w, y+h, 1, color)
}

func (c *canvas) line(x0, y0, x1, y1, thick float64, color drawing.Color, dash ...float64) {
	c.r.SetStrokeColor(color)
	c.r.SetStrokeWidth(thick * pixels)
	c.r.SetStrokeDashArray(dash)
	c.r.MoveTo(px(x0), px(y0))
	c.r.LineTo(px(x1), px(y1))
	c.r.Stroke()
	c.r.SetStrokeDashArray(nil)
}

func (c *canvas) dot(x, y, radius float64, fill, edge drawing.Color) {
	c.r.SetFillColor(fill)
	c.r.SetStrokeColor(edge)
	c.r.SetStrokeWidth(1.75 * pixels)
	c.r.Circle(radius*pixels, px(x), px(y))
	c.r.FillStroke()
}

// align is where a text stands to its x.
type align float64

const (
	left   align = 0
	middle align = 0.5
	right  align = 1
)

type style struct {
	face  typeface
	size  float64
	color drawing.Color
}

func titleStyle() style { return style{faces().bold, titleSize, ink} }
func textStyle() style  { return style{faces().regular, textSize, ink} }
func smallStyle() style { return style{faces().regular, smallSize, ink} }
func valueStyle() style { return style{faces().bold, smallSize, ink} }

func (s style) width(text string) float64 { return s.face.width(text, s.size*pixels) / pixels }

func (s style) fit(text string, most float64) string {
	return s.face.fit(text, s.size*pixels, most*pixels)
}

// shrink makes the letters smaller, down to a legible size, until a text fits.
func (s *style) shrink(text string, most float64) {
	for s.size > leastSize && s.width(text) > most {
		s.size -= 0.25
	}
}

// text draws a text on a base line.
func (c *canvas) text(text string, x, y float64, a align, s style) {
	at := x*pixels - float64(a)*s.face.width(text, s.size*pixels)
	c.r.SetFontSize(s.size * pixels)
	c.r.SetFontColor(s.color)
	for _, r := range s.face.runs(text) {
		c.r.SetFont(r.font)
		c.r.Text(r.text, int(math.Round(at)), px(y))
		at += r.width(s.size * pixels)
	}
}

// png encodes the picture. The same drawing gives the same bytes.
func (c *canvas) png() ([]byte, error) {
	var w gochart.ImageWriter
	if err := c.r.Save(&w); err != nil {
		return nil, err
	}
	img, err := w.Image()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	rgba, ok := img.(*image.RGBA)
	if !ok {
		return nil, fmt.Errorf("the renderer drew a %T", img)
	}
	err = enc.Encode(&b, quantize(rgba))
	return b.Bytes(), err
}
