namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>A proxy that stands between an application and the metadata address, without what its own address may hold of secrets.</summary>
/// <param name="host">The metadata address's host.</param>
/// <param name="address">The proxy's address.</param>
internal sealed class MetadataProxy(string host, string address)
{
    public string Host => host;

    public override string ToString() => $"the proxy {address} that HTTP_PROXY or ALL_PROXY names";
}
