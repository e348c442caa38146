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

// Sizes are in points: a chart is 600 points wide, and a point is two pixels.
const (
	width  = 600.0
	height = 360.0
	pixels = 2
	margin = 24.0

	titleSize = 21.0
	textSize  = 15.0
	smallSize = 14.0
)

func rgb(hex uint32) drawing.Color {
	return drawing.Color{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 255}
}

// The palette of Okabe and Ito, which people with any colour vision tell apart.
var (
	ink        = rgb(0x1d1c1d)
	quiet      = rgb(0x616061)
	grid       = rgb(0xe3e3e6)
	paper      = rgb(0xffffff)
	blue       = rgb(0x0072b2)
	orange     = rgb(0xe69f00)
	green      = rgb(0x009e73)
	vermilion  = rgb(0xd55e00)
	purple     = rgb(0xb0578d)
	sky        = rgb(0x56b4e9)
	grey       = rgb(0xaab0b8)
	seriesInks = []drawing.Color{blue, orange, green, purple, sky, vermilion, grey}
)

// light is a colour thinned with the paper's.
func light(c drawing.Color, share float64) drawing.Color {
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*share + float64(b)*(1-share))) }
	return drawing.Color{R: mix(c.R, paper.R), G: mix(c.G, paper.G), B: mix(c.B, paper.B), A: 255}
}

// canvas draws with go-chart's renderer, in points.
type canvas struct {
	r gochart.Renderer
}

func newCanvas() (*canvas, error) {
	r, err := gochart.PNG(width*pixels, height*pixels)
	if err != nil {
		return nil, err
	}
	r.SetDPI(64) // go-chart takes a font size times this for 64ths of a pixel
	c := &canvas{r}
	c.rect(0, 0, width, height, paper)
	return c, nil
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
	c.rect(x, y, w, h, light(color, 0.22))
	const gap = 6.0
	for d := gap; d < w+h; d += gap {
		// a stripe from the left or bottom edge up to the top or right edge
		x0, y0, x1, y1 := x, y+d, x+d, y
		if y0 > y+h {
			x0, y0 = x+d-h, y+h
		}
		if x1 > x+w {
			x1, y1 = x+w, y+d-w
		}
		c.line(x0, y0, x1, y1, 1, light(color, 0.75))
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
	c.r.SetStrokeWidth(2 * pixels)
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
func smallStyle() style { return style{faces().regular, smallSize, quiet} }
func valueStyle() style { return style{faces().bold, smallSize, ink} }

func (s style) width(text string) float64 { return s.face.width(text, s.size*pixels) / pixels }

func (s style) fit(text string, most float64) string {
	return s.face.fit(text, s.size*pixels, most*pixels)
}

// shrink makes the letters smaller, down to a legible size, until a text fits.
func (s *style) shrink(text string, most float64) {
	for s.size > 11.5 && s.width(text) > most {
		s.size -= 0.5
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
