"""Words of so many names that they do not distinguish parties: given names, business words.

A fixed table, never counted from the lists in use: another entry on a list must not make a word
common, and with it a name that was a hit a name that passes.
"""

from typing import Final

from skontro.screening.organisation_forms import ARTICLES, TITLES

_GIVEN: Final = """
abbas abd abdallah abdel abdul abdullah abou abu abubakar adam adel adnan agha ahmad ahmed aisha
akbar alejandro aleksandr aleksandrovich aleksandrovna aleksei aleksey alexander alexandr
alexandrovich alexei alexey ali allah amer amin amina amir ana anatoly anatolyevich andrei andres
andrey anna anton antonio ayman aziz bakr bashir ben bilal bin bint borisovich carlos chen choi
daniel david diego din dmitriy dmitry eddin elena emmanuel evgeny fatima fernando francisco fuad
george gomez gonzales gonzalez habib hadi hafiz hakim hamid hamza hasan hassan hernandez hong
hossain hossein huang husayn hussain hussein ibn ibrahim igor igorevich imam imran irina islam
ismail ivan ivanov ivanovich jamal jamil jan javier jean jesus john jorge jose joseph juan kamal
kamel karim khaled khalid khalil khan kim kumar latif lee li liu lopez luis mahdi mahmoud mahmud
majid malik manuel maria mariam marie martin martinez mehdi michael miguel mikhail mikhailovich
mohamad mohamed mohammad mohammed mostafa mousa muhammad muhammed mukhtar musa mustafa nasir
nasser natalia natalya nguyen nikolaevich nikolai nikolay nikolayevich noor nour olga omar oscar
osman park patrick paul pavel pedro perez peter petrov qasim rahim rahman ramirez ramon rashid
rehman reza rodriguez roman saad saeed said salah salam saleh salem salih salim salman sami
sanchez santos sara sergeevich sergei sergey sergeyevich seyed shah singh sulayman suleiman sultan
svetlana taha tariq tatiana thomas torres umar usman van victor viktor viktorovich vladimir
vladimirovich vladimirovna wang william wu yahya yang yong yuri yury yuryevich yusuf zhang zhao
zhou
"""
_BUSINESS: Final = """
a academy africa agency agro air aircraft airlines american and asia association aviation baltic
bank branch brothers building bureau business cargo cement center central centre chemical city co
comercial comercializadora commercial committee company complex concern construction consulting
corp corporation credit de del department design development digital dom east eastern electric
electronic electronics energy engineering enterprise enterprises equipment estate europe european
exchange export factory federal federation finance financial first for foreign foundation fund
garments gas general global gmbh golden government green group grupo handels health holding
holdings hotel house import in inc industrial industries industry inmobiliaria institut institute
insurance international internet inversiones invest investment investments iran iranian joint
kompaniya korea la las limited line lines logistics los ltd maatschappij machine machinery
management manufacturing marine maritime materials media medical metal middle military mineral
mining ministry motors national network new north northern obshchestvo of office offshore oil one
organisation organization pacific packaging partners people peoples petrochemical petroleum pharma
plant plastics power production products project properties property real regional repair republic
research resources retail russia russian sales sanayi science sciences scientific sea security
service services servicios ship shipping shipyard society solutions south southern special star
state steel stock stone studio supply system systems technical technologies technology tekhnologii
telecom textile the ticaret timber torgovyy tours trade trader traders trading training transport
transportes travel trust tsentr turkey union united universal university ventures west western
wood works world zavod
"""
COMMON_WORDS: Final = frozenset((_GIVEN + _BUSINESS).split()) | ARTICLES | TITLES
#: Letters of the shortest word that distinguishes parties.
_MIN_RARE_WORD: Final = 3


def is_rare(word: str) -> bool:
    """Whether a word helps to distinguish parties.

    Example:
        >>> is_rare("zawahiri"), is_rare("muhammad"), is_rare("zw")
        (True, False, False)
    """
    return len(word) >= _MIN_RARE_WORD and word not in COMMON_WORDS
