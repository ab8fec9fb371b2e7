/** Passwords that stand at the top of every published list and that a length rule of 8 lets through, in lower case. */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `
  12345678 123456789 1234567890 12345678910 123123123 987654321 0987654321 11111111 111111111 1111111111 00000000
  000000000 22222222 55555555 66666666 77777777 88888888 99999999 12341234 11223344 1122334455 147258369 789456123
  1234qwer 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc zaq12wsx qwertyui qwertyuiop qwerty12 qwerty123
  qwerty1234 qwerty12345 qwer1234 asdfghjk asdfghjkl asdf1234 asdfasdf zxcvbnm1 zxcvbnm123 zxcvbnm, q1w2e3r4 q1w2e3r4t5
  password passw0rd p@ssw0rd p@ssword password1 password12 password123 password1234 password! pass1234 passpass
  abcd1234 abc12345 abcdefgh abcdefg1 abcdefghi a1b2c3d4 a1234567 a12345678 aa123456 aaaaaaaa abc123456 1234abcd
  iloveyou iloveyou1 iloveyou2 iloveyou! sunshine sunshine1 princess princess1 football football1 baseball baseball1
  superman superman1 batman123 spiderman starwars starwars1 pokemon1 pokemon123 michael1 jordan23 jennifer jessica1
  michelle danielle elizabeth christian charlie1 computer computer1 internet internet1 samsung1 samsung123 whatever
  trustno1 letmein1 letmein123 welcome1 welcome12 welcome123 admin123 admin1234 administrator changeme changeme1
  changeme123 default1 secret123 master123 hello123 hello1234 dragon123 monkey123 shadow123 freedom1 liverpool
  liverpool1 chelsea1 arsenal1 barcelona manchester corvette mercedes maverick mustang1 steelers cowboys1 yankees1
  lovelove loveyou1 babygirl babygirl1 butterfly butterfly1 chocolate chocolate1 sweetheart rainbow1 snowball
  midnight midnight1 blessed1 jesus123 jesuschrist angel123 victoria alexander benjamin nicholas jonathan veronica
  samantha samantha1 stephanie cristina gabriela alejandro fernando francisco sebastian bonjour1 marseille
  doudou123 hallo123 passwort passwort1 schalke04 wachtwoord motdepasse contraseña contrasena senha123 senha1234
  parola123 test1234 test12345 testtest testing1 testing123 guest123 user1234 login123 access123 qazwsxedc qazwsx123
  summer2020 summer2021 summer2022 summer2023 summer2024 winter2020 winter2021 winter2022 winter2023 winter2024
  google123 facebook facebook1 linkedin linkedin1 myspace1 minecraft minecraft1 fortnite roblox123 naruto123
  unknown1 nothing1 ncc1701d ncc1701e thunder1 tinkerbell trinity1 valentina vladimir william1 wolverine xbox360x
  zxcvbnmz 87654321 123454321 123321123 159753456 1357924680 2468101214 31415926 3141592653 10203040 12121212
  13131313 20202020 21212121 23232323 69696969 12344321 12345679 123456780 1234567891 123456789a 12345678a q12345678
  `
    .split(/\s+/)
    .filter((word) => word !== ''),
)
