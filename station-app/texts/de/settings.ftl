# Einstellungen, und was dieses Programm ist.
settings-language = Sprache
settings-theme = Hell oder dunkel
settings-size = Größe von allem
settings-larger = Größer
settings-smaller = Kleiner
settings-about = Über dieses Programm
settings-version = Version
settings-station = Station
settings-site = Standort
settings-licence = Lizenz
settings-fonts = Schriften
