using PodIdentity.HealthChecks.Testing;

// A simulated node for as long as its standard input is open: the token endpoint is the line that it prints.
await using var node = await PodIdentitySimulator.StartAsync();
await Console.Out.WriteLineAsync(node.TokenEndpoint.AbsoluteUri);
await Console.In.ReadToEndAsync();
