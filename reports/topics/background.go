package topics

import (
	"math"
	"strconv"
	"strings"
)

// The words of which questions are made whatever they are about, by roughly how
// many of a thousand questions have them. A new store has seen too little to
// know them; later the number of topics that share a word decides (see rarity).

const englishWords = `
300 i the to my hi hello hey
200 is what a do how can for it
120 you in of on that have and me this
80 be was why not are need want get am with from
60 did does if at there when where will would don't i'm know please tell an or
40 like help any has been it's could find make just so but about which much your use using out up no i've should they
25 we he she as by who because go going some think still now way all more see show give let's let sure got one than then into them their also only too what's really
15 able possible today question doesn't didn't can't cannot isn't wasn't won't haven't hasn't i'd i'll you're that's there's here while again already after before off over other new good another via without were had may might must shall try trying tried take dont cant didnt doesnt im ive whats
10 thanks thank ok okay dear sir madam regards wondering wonder quick explain understand say said ask asking asked happen happened happens happening reason look looking looks seem seems something anything someone anyone people thing things time long many keep put work working works come coming back gonna wanna lot bit us our his her him its these those kindly
`

const spanishWords = `
300 de la que mi el a hola soy
200 en un una no por me es los para
120 se con lo he como cómo qué puedo y las al
80 si cuál cual cuánto cuando cuándo dónde donde está ha mis del tengo hay
60 quiero necesito puede hacer su sus le ya esta este esto porque más pero o
40 saber favor algo son ser mí yo sin sobre ese eso esa muy también fue era han sido estoy estar tiene tienen usar
25 gracias ayuda ayudar ayudarme podría podrían puedes pueden quisiera gustaría debo debería hago hace hecho todo todos toda otra otro aquí ahora hoy entre hasta desde cuáles quién cuánta cuántos
15 decir decirme dime dígame explicar entiendo entender pasa pasó pasado parece vez veces tiempo mucho mucha cosa cosas alguien alguna algún nada nadie así entonces poder tener ver buenas buenos días tardes saludos pregunta consulta duda señor señora
`

// rare is the share of questions that have a word that is not listed.
const rare = 0.002

// weights reads a list of words: each weighs the less the more questions have it.
func weights(list string) map[string]float64 {
	m := map[string]float64{}
	for line := range strings.Lines(strings.TrimSpace(list)) {
		fields := strings.Fields(line)
		perMille, err := strconv.ParseFloat(fields[0], 64)
		if err != nil {
			panic(err)
		}
		for _, w := range fields[1:] {
			if f := fold(w); m[f] == 0 {
				m[f] = math.Log(perMille/1000) / math.Log(rare)
			}
		}
	}
	return m
}
