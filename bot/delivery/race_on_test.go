//go:build race

package delivery_test

// underRace says that the race detector makes the drawing of pictures take twenty times
// as long.
const underRace = true
