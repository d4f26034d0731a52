# Einstellungen, und was dieses Programm ist.
settings-language = Sprache
settings-theme = Hell oder dunkel
settings-size = Größe von allem
settings-larger = Größer
settings-smaller = Kleiner
settings-tones = Ton, wenn ein Gerät fertig ist
settings-on = An
settings-off = Aus
settings-about = Über dieses Programm
settings-version = Version
settings-station = Station
settings-site = Standort
settings-licence = Lizenz
settings-fonts = Schriften
diagnostics = Diagnose
diagnostics-why = Eine Datei mit allem, was bei der Fehlersuche hilft: Konfiguration, Token, Lose, die letzten Einträge des Protokolls. Kein Passwort, keine PIN und kein Schlüssel ist darin.
diagnostics-write = Datei schreiben
