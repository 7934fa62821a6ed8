using System.Collections.ObjectModel;
using System.Net;

namespace PodIdentity.HealthChecks.Testing;

/// <summary>Who answered a request.</summary>
public enum SimulatedResponder
{
    /// <summary>NMI's probe port.</summary>
    NmiProbe,

    /// <summary>NMI, at the metadata address.</summary>
    Nmi,

    /// <summary>IMDS: asked directly, or by NMI or the proxy (<see cref="SimulatedRequest.Forwarded"/>).</summary>
    Imds,

    /// <summary>The proxy sidecar of azure-workload-identity, at the metadata address.</summary>
    WorkloadIdentityProxy,

    /// <summary>Microsoft Entra ID.</summary>
    Entra,

    /// <summary>The proxy of an identity binding.</summary>
    IdentityBindingProxy,
}

/// <summary>A request that the simulator received.</summary>
public sealed record SimulatedRequest
{
    /// <summary>Gets who answers the request.</summary>
    public required SimulatedResponder Responder { get; init; }

    /// <summary>Gets the HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>Gets the path, decoded, without the query.</summary>
    public required string Path { get; init; }

    /// <summary>Gets the query as sent, with its <c>?</c>; empty when there is none.</summary>
    public required string Query { get; init; }

    /// <summary>Gets the headers; names are case-insensitive.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>Gets what was posted to Entra or a binding's proxy; otherwise empty. <c>client_assertion</c> is a token: keep it out of logs.</summary>
    public IReadOnlyDictionary<string, string> Form { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Gets the name in the connection's SNI; <see langword="null"/> without TLS.</summary>
    public string? ServerName { get; init; }

    /// <summary>Gets the caller's address.</summary>
    public required IPAddress RemoteAddress { get; init; }

    /// <summary>Gets the ID of the connection: two requests with the same ID used the same one.</summary>
    public required string ConnectionId { get; init; }

    /// <summary>Gets when the request arrived, by <see cref="PodIdentitySimulatorOptions.TimeProvider"/>.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Gets whether this is NMI's or the proxy's own request to the IMDS behind it.</summary>
    public required bool Forwarded { get; init; }
}
