"""Names of people and companies that are on no list: common names of many countries, combined.

Each name is a common given name, at times a second one, and a common family name of one country;
the choice is by a counter, so that the n-th name is always the same. Where such a person has the
name of a listed one, that is a hit by name and counts as held.
"""

import re
from collections.abc import Iterator
from typing import Final

#: Country, given names, family names; a hyphen in a family name that begins small is a space.
_NAMES: Final = """
AE: Mohammed Ahmed Ali Omar Khalid Saeed Hamad Rashid Fatima Mariam Aisha Noora Shamma Hessa /
    Al-Mansoori Al-Nuaimi Al-Shamsi Al-Mazrouei Al-Ketbi Al-Suwaidi Al-Hammadi Al-Zaabi
    Al-Blooshi Al-Marri Al-Dhaheri Al-Kaabi Al-Qubaisi Al-Falasi
AR: Juan Carlos Santiago Mateo Tomás Joaquín Nicolás Martina Sofía Valentina Camila Lucía /
    González Rodríguez Gómez Fernández López Díaz Martínez Pérez Romero Sosa Álvarez Torres
AM: Armen Hayk Tigran Gor Narek Davit Anahit Ani Mariam Lilit Nare Astghik / Hakobyan Sargsyan
    Harutyunyan Grigoryan Khachatryan Hovhannisyan Karapetyan Vardanyan
AT: Lukas Tobias Maximilian Jakob David Elias Anna Emma Marie Lena Hannah Katharina / Gruber
    Huber Wagner Pichler Steiner Moser Hofer Leitner Berger Fuchs Eder Fischer
AZ: Elchin Rashad Ilgar Vugar Farid Tural Aysel Gunel Leyla Nigar Sevinj Kamala / Mammadov
    Aliyev Hasanov Huseynov Guliyev Hajiyev Rasulov Ismayilov Abbasov Babayev
BD: Mohammad Abdul Rafiqul Shafiqul Kamal Jahangir Nasrin Shirin Farzana Rumana Taslima Salma /
    Rahman Islam Hossain Ahmed Khan Chowdhury Miah Uddin Alam Sarkar Akter Begum
BR: João José Antônio Francisco Carlos Paulo Maria Ana Francisca Adriana Juliana Márcia / Silva
    Santos Oliveira Souza Rodrigues Ferreira Alves Pereira Lima Gomes Costa Ribeiro
BY: Aliaksandr Dzmitry Siarhei Andrei Mikalai Ihar Volha Natallia Tatsiana Alena Iryna Sviatlana
    / Ivanou Kazlou Kavaliou Navitski Zaitsau Marozau Karneeva Shautsova Klimovich Stasevich
CD: Jean Joseph Patrick Christian Trésor Fiston Marie Grâce Esther Ruth Nadine Chantal / Kabongo
    Ilunga Mutombo Tshibangu Kalala Mbuyi Kasongo Mukendi Ngoy Lukusa Mwamba Banza
CH: Luca Noah Beat Urs Reto Marco Mia Elena Laura Ursula Claudia Nicole / Müller Meier Schmid
    Keller Weber Huber Schneider Meyer Steiner Baumann Brunner Gerber
CI: Kouassi Kouadio Yao Koffi Konan Serge Aya Akissi Amenan Adjoua Mariam Fatoumata / Kouamé
    Koné Ouattara Traoré Coulibaly Bamba Touré N'Guessan Diabaté Yéo Soro Bakayoko
CN: Wei Fang Xiuying Na Min Jing Li Qiang Lei Jun Yang Yong Jianguo Xiaoming / Wang Li Zhang Liu
    Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu
CO: Andrés Felipe Alejandro Camilo Julián Esteban Paola Daniela Natalia Carolina Diana Marcela /
    Rojas Moreno Castro Vargas Ortiz Suárez Gutiérrez Jiménez Muñoz Restrepo Giraldo Cardona
CZ: Jan Petr Tomáš Jiří Pavel Martin Jana Hana Lenka Kateřina Lucie Věra / Novák Svoboda Novotný
    Dvořák Černý Procházka Kučera Veselý Horák Němec Marek Pospíšil
DE: Thomas Michael Andreas Stefan Peter Klaus Sabine Susanne Petra Monika Claudia Birgit /
    Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Richter Klein
EG: Mahmoud Mostafa Hassan Ibrahim Youssef Tarek Mona Heba Dina Rania Yasmin Nour / El-Sayed
    Abdelrahman Fathy Gaber Shehata Zaki Farouk Soliman Mansour Ramadan Kamel Nasr
ES: Antonio Manuel Javier Daniel Pablo Álvaro Carmen Isabel Dolores Pilar Teresa Rosario /
    García Sánchez Martín Ruiz Hernández Moreno Muñoz Alonso Gutiérrez Navarro Domínguez Gil
ET: Abebe Kebede Tesfaye Girma Haile Dawit Tigist Almaz Meseret Hiwot Bethlehem Selam / Tadesse
    Bekele Alemu Tessema Wolde Desta Mengistu Assefa Negash Worku Getachew Demissie
FR: Jean Pierre Nicolas Julien Antoine Guillaume Nathalie Isabelle Sylvie Céline Camille Chloé /
    Martin Bernard Dubois Durand Moreau Laurent Lefebvre Leroy Roux Fournier Girard Mercier
GB: Oliver George Harry Jack William James Amelia Olivia Emily Charlotte Sophie Grace / Smith
    Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans
GE: Giorgi Luka Davit Nika Levan Irakli Nino Ana Mariam Tamar Ketevan Natia / Beridze Kapanadze
    Gelashvili Maisuradze Giorgadze Lomidze Tsiklauri Kvaratskhelia
GH: Kwame Kofi Kwabena Yaw Kwaku Emmanuel Ama Akosua Abena Esi Adwoa Comfort / Mensah Osei Owusu
    Boateng Appiah Asante Agyeman Addo Amoah Ofori Antwi Sarpong
GR: Georgios Dimitrios Konstantinos Ioannis Nikolaos Eleni Katerina Vasiliki Sofia Angeliki /
    Papadopoulos Vlachos Angelopoulos Nikolaidis Georgiou Petrou Makris Karagiannis Pappas
HU: László István József János Zoltán Sándor Mária Erzsébet Katalin Ilona Éva Anna / Nagy Kovács
    Tóth Szabó Horváth Varga Kiss Molnár Németh Farkas Balogh Papp
ID: Budi Agus Slamet Bambang Joko Hendra Siti Dewi Sri Ratna Wulan Fitri / Santoso Wijaya
    Setiawan Hidayat Saputra Kurniawan Nugroho Susanto Lestari Wahyuni Siregar
IN: Rajesh Sanjay Amit Vijay Suresh Anil Priya Sunita Anita Pooja Kavita Deepa / Kumar Sharma
    Singh Patel Gupta Verma Reddy Nair Iyer Joshi Mehta Das
IR: Reza Hossein Mehdi Amir Saeed Behzad Zahra Maryam Leila Nasrin Shirin Parisa / Mohammadi
    Hosseini Ahmadi Karimi Rezaei Moradi Jafari Rahimi Kazemi Sadeghi Ghasemi Amini
IT: Marco Giuseppe Francesco Alessandro Luca Matteo Giulia Francesca Chiara Sara Elena Silvia /
    Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo
JP: Hiroshi Takashi Kenji Satoshi Makoto Haruto Yuko Keiko Naoko Akiko Sakura Yui / Sato Suzuki
    Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada
KE: John Peter Joseph David Samuel Brian Mary Jane Faith Mercy Grace Lucy / Mwangi Kamau Otieno
    Ochieng Kipchoge Njoroge Wanjiku Achieng Wambui Mutua Kiprono Odhiambo
KG: Azamat Bakyt Nurlan Almaz Ulan Ermek Aigul Gulnara Ainura Nazgul Jyldyz Cholpon / Asanov
    Bekov Toktogulov Sydykov Mamatov Osmonov Alieva Kadyrova Isakova Jumabekov
KR: Minjun Seojun Jihoon Sungmin Hyunwoo Jisoo Seoyeon Minji Yuna Hyejin Eunji Soyeon / Kim Lee
    Park Choi Jung Kang Cho Yoon Jang Lim Han Shin
KZ: Nursultan Yerlan Daniyar Arman Timur Askar Aigerim Dinara Saule Madina Assel Zhanar /
    Akhmetov Omarov Suleimenov Kaliyev Ibragimov Zhumabayev Nurpeisova Bekmukhametova Sadykov
MA: Rachid Hicham Karim Abdelilah Noureddine Driss Khadija Zineb Naima Loubna Samira Hanane /
    El-Alaoui Bennani Idrissi Tazi Benjelloun Fassi Chraibi Berrada Lahlou Amrani Ouazzani
MX: Luis Miguel Jorge Ricardo Eduardo Fernando Guadalupe Verónica Leticia Alejandra Gabriela /
    Hernández García Martínez López Ramírez Flores Cruz Reyes Morales Ortega Mendoza Guerrero
MY: Ahmad Faizal Azman Hafiz Zulkifli Ismail Nurul Siti Aminah Rohani Faridah Norazlina /
    Abdullah Ibrahim Hassan Othman Rahim Yusof Zainal Hamid Ramli Kassim Mokhtar Jaafar
NG: Chinedu Emeka Olumide Babatunde Ibrahim Musa Ngozi Chioma Funmilayo Aisha Amina Blessing /
    Okafor Adeyemi Okonkwo Balogun Bello Abubakar Eze Ogunleye Nwosu Danjuma Lawal Chukwu
NL: Daan Sem Lucas Bram Pieter Willem Sanne Lotte Femke Anouk Marieke Ingrid / de-Jong Jansen
    de-Vries Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks
PE: Jhon César Víctor Rubén Raúl Óscar Rosa Milagros Yolanda Flor Elizabeth Nelly / Quispe
    Mamani Huamán Condori Chávez Vásquez Espinoza Salazar Cárdenas Ccama Paredes
PH: Jose Ramon Rodel Ferdinand Arnel Jerome Maricel Rowena Jocelyn Lourdes Analyn Imelda /
    dela-Cruz Reyes Santos Ramos Mendoza Bautista Villanueva Aquino Castillo Salvador Mercado
PK: Muhammad Usman Bilal Imran Asif Tariq Ayesha Sana Saima Bushra Nadia Rabia / Khan Malik
    Hussain Butt Chaudhry Qureshi Sheikh Iqbal Akhtar Raza Siddiqui Mirza
PL: Piotr Krzysztof Andrzej Tomasz Paweł Marcin Agnieszka Małgorzata Barbara Ewa Joanna
    Magdalena / Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński
    Szymański Woźniak
RU: Aleksandr Sergey Dmitry Andrey Alexey Mikhail Elena Olga Natalia Anna Irina Svetlana /
    Ivanov Smirnov Kuznetsov Popov Vasiliev Petrov Sokolov Mikhailov Novikov Fedorov Morozov
SA: Abdullah Faisal Turki Sultan Nasser Bandar Sara Reem Lama Hind Norah Abeer / Al-Otaibi
    Al-Qahtani Al-Ghamdi Al-Zahrani Al-Harbi Al-Shehri Al-Dosari Al-Mutairi Al-Juhani
SE: Erik Lars Karl Anders Johan Per Karin Kristina Eva Birgitta Annika Linnea / Andersson
    Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson
SN: Mamadou Ousmane Cheikh Ibrahima Abdoulaye Moussa Awa Fatou Aminata Mame Ndeye Khady / Diop
    Ndiaye Fall Sow Ba Gueye Sy Faye Sarr Diallo Mbaye Seck
TH: Somchai Somsak Prasert Wichai Anan Nattapong Malee Siriporn Kanya Ratana Supaporn Wanida /
    Saetang Srisuk Chaiyasit Thongchai Boonmee Suwannarat Wongsawat Jaidee Rattanakul Kaewmanee
TJ: Farrukh Rustam Jamshed Firdavs Alisher Bakhtiyor Zarina Manizha Nigina Shahnoza Gulchehra /
    Rahmonov Saidov Nazarov Sharipov Davlatov Karimov Kholov Mirzoev Boboev Safarov
TR: Mehmet Mustafa Hüseyin İbrahim Emre Burak Ayşe Zeynep Elif Hatice Merve Özlem / Yılmaz Kaya
    Demir Şahin Çelik Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan
TZ: Juma Hamisi Rashidi Baraka Godfrey Emmanuel Neema Rehema Zawadi Upendo Mwanaidi Agnes /
    Mushi Massawe Kimaro Mwakyusa Shirima Lyimo Swai Mbwambo Mwinuka Komba Nyambo Msuya
UA: Oleksandr Volodymyr Mykola Vasyl Taras Bohdan Oksana Iryna Halyna Tetiana Yuliia Liudmyla /
    Melnyk Shevchenko Kovalenko Bondarenko Tkachenko Kravchenko Oliynyk Koval Polishchuk Lysenko
US: Christopher Matthew Joshua Andrew Ryan Brandon Jessica Ashley Jennifer Amanda Megan Lauren /
    Miller Davis Anderson Jackson White Harris Clark Lewis Walker Young Hill Campbell
UZ: Otabek Sherzod Jasur Ulugbek Aziz Bekzod Dilnoza Gulnora Nodira Feruza Malika Zulfiya /
    Yusupov Rakhimov Tursunov Ergashev Abdullaev Umarov Ismoilov Usmanov Khudoyberdiev
VN: Anh Dũng Hùng Minh Tuấn Quang Hương Lan Mai Thảo Linh Hạnh / Nguyễn Trần Lê Phạm Hoàng Huỳnh
    Phan Vũ Võ Đặng Bùi Đỗ
ZA: Sipho Thabo Bongani Johan Pieter Themba Nomvula Thandiwe Lerato Annelize Zanele Precious /
    Dlamini Nkosi Ndlovu Khumalo Botha van-der-Merwe Mokoena Naidoo Pillay Mthembu Venter Zulu
"""
_FIRST_WORDS: Final = """
Aurora Baltic Cedar Delta Evergreen Falcon Granite Harbour Indigo Juniper Koru Lotus Meridian
Nordic Orchid Pioneer Quantum Riverside Sahara Tamarind Umbra Velvet Willow Zenith
"""
_SECOND_WORDS: Final = """
Agro Bakery Cement Dairy Electric Furniture Garments Health Irrigation Logistics Machinery
Packaging Plastics Printing Seafood Textile Timber Transport Travel Veterinary
"""
_FORMS: Final = [
    "LLC",
    "Ltd",
    "GmbH",
    "S.A.",
    "Inc.",
    "Pvt. Ltd.",
    "S.r.l.",
    "OOO",
    "JSC",
    "Holding",
    "& Co.",
]
#: Given and family names in Arabic script, of people of many Arab countries.
_ARABIC_GIVEN: Final = """
محمد أحمد علي عمر خالد سعيد حمد راشد فاطمة مريم عائشة نورة محمود مصطفى حسن حسين إبراهيم يوسف طارق
منى هبة دينا رانيا ياسمين كريم سامي وليد هشام عادل نبيل زينب ليلى سلمى هدى أمينة رشيد جمال فيصل تركي
ماجد
"""
_ARABIC_FAMILY: Final = """
المنصوري النعيمي الشامسي المزروعي الكتبي السويدي الحمادي الزعابي البلوشي المري الظاهري الكعبي
القبيسي فتحي جابر شحاتة زكي فاروق سليمان منصور رمضان كامل نصر العتيبي الغامدي القحطاني الدوسري
الشهري الزهراني الحربي بنعلي العلوي الإدريسي بناني التازي الفاسي حداد خوري صليبا نجار
"""


def _divided() -> dict[str, tuple[list[str], list[str]]]:
    """Given and family names by country."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for row in re.split(r"\n(?=[A-Z]{2}: )", _NAMES.strip()):
        country, names = row.split(": ")
        given, family = re.split(r"\s/\s", names)
        last = [one.replace("-", " ") if one[0].islower() else one for one in family.split()]
        found[country] = given.split(), last
    return found


_DIVIDED: Final = _divided()
COUNTRIES: Final = tuple(_DIVIDED)


def innocents(count: int) -> Iterator[tuple[str, str]]:
    """So many names with their countries: of people, and each tenth of a company.

    Args:
        count: at most 200,000; the first of a greater number are those of a smaller one.
    """
    for number in range(count):
        country = COUNTRIES[number % len(COUNTRIES)]
        turn = number // len(COUNTRIES)
        if turn % 10 == 9:
            yield _company(turn // 10 * len(COUNTRIES) + number % len(COUNTRIES)), country
            continue
        given, family = _DIVIDED[country]
        people = len(given) * len(family)
        # A step that shares no factor with the count visits all pairs before any comes again.
        pair = turn * 101 % people
        first, last = given[pair % len(given)], family[pair // len(given)]
        second = turn // people
        other = given[(pair + 1 + second) % len(given)]
        middle = f" {other}" if second or turn % 3 == 0 else ""
        yield f"{first}{middle} {last}", country


def _company(number: int) -> str:
    firsts, seconds = _FIRST_WORDS.split(), _SECOND_WORDS.split()
    pair, first = divmod(number, len(firsts))
    form, second = divmod(pair, len(seconds))
    return f"{firsts[first]} {seconds[second]} {_FORMS[form % len(_FORMS)]}"


def innocents_in_arabic() -> Iterator[str]:
    """3,200 names in Arabic script: each given with each family name, and with a second one."""
    given, family = _ARABIC_GIVEN.split(), _ARABIC_FAMILY.split()
    for first in given:
        for number, last in enumerate(family):
            yield f"{first} {last}"
            yield f"{first} {given[number * 7 % len(given)]} {last}"
