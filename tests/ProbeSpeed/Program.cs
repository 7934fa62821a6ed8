using PodIdentity.HealthChecks.Tests;
using PodIdentity.HealthChecks.Testing;

// For as long as its standard input is open: a simulated node, whose token endpoint is the first line that it prints; and Entra, whose
// address, federated token and CA are the second one.
await using var node = await PodIdentitySimulator.StartAsync();
await using var entra = await EntraServer.StartAsync(CancellationToken.None);
await Console.Out.WriteLineAsync(node.TokenEndpoint.AbsoluteUri);
await Console.Out.WriteLineAsync($"{entra.Address} {entra.TokenFile} {entra.Bundle}");
await Console.In.ReadToEndAsync();
