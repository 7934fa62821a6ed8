using PodIdentity.HealthChecks.Testing;

// For as long as its standard input is open: a simulated node, whose token endpoint is the first line that it prints; and Entra, whose
// address, federated token and CA, tenant and client ID are the second one.
await using var node = await PodIdentitySimulator.StartAsync();
var identity = node.Pod.Bound[0];
using var pod = node.WorkloadIdentity.Inject(identity);
node.Entra.AddFederatedCredential(identity, pod.FederatedCredential);
await Console.Out.WriteLineAsync(node.TokenEndpoint.AbsoluteUri);
await Console.Out.WriteLineAsync(
    $"{node.Entra.Address.AbsoluteUri.TrimEnd('/')} {pod.TokenFile} {node.Entra.CertificateAuthorityFile} {identity.TenantId} {identity.ClientId}");
await Console.In.ReadToEndAsync();
