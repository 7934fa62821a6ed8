# For as long as descriptor 3 is open: a simulated node at $endpoint; and Entra at $authority, with $federated, $ca, $tenant and $client.
# Sourced; it needs $here and $work.
dotnet build "$here" --configuration Release --nologo --verbosity quiet >&2
mkfifo "$work/input" "$work/output"
dotnet "$here/bin/Release/net10.0/ProbeSpeed.dll" <"$work/input" >"$work/output" &
exec 3>"$work/input"
exec 4<"$work/output"
read -r endpoint <&4
read -r authority federated ca tenant client <&4
