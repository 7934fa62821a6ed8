using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PodIdentity.HealthChecks.Http;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// The proxy of an AKS identity binding, which exchanges the service account token in Microsoft Entra ID's place. Azure.Identity asks it only
/// over a connection of its own making, which nobody can bound or watch, so the check asks it as <c>WorkloadIdentityCredential</c> does.
/// </summary>
/// <param name="Address">Where it is.</param>
/// <param name="ServerName">The name in its certificate; <see langword="null"/>: that of the address.</param>
/// <param name="CaFile">The file with the CAs that may vouch for it.</param>
/// <param name="CaData">These CAs themselves. Without both, the machine's CAs count.</param>
internal sealed record BindingProxy(Uri Address, string? ServerName, string? CaFile, string? CaData)
{
    public const string AddressVariable = "AZURE_KUBERNETES_TOKEN_PROXY";
    private const string Example = "https://10.0.0.1:443";
    private const int MaxCaFile = 512 * 1024;
    private const string ServerNameVariable = "AZURE_KUBERNETES_SNI_NAME";
    private const string CaFileVariable = "AZURE_KUBERNETES_CA_FILE";
    private const string CaDataVariable = "AZURE_KUBERNETES_CA_DATA";

    public static IReadOnlyList<string> Variables => [AddressVariable, ServerNameVariable, CaFileVariable, CaDataVariable];

    /// <returns>Neither on a pod without a binding.</returns>
    /// <remarks>What Azure.Core 1.64 refuses, with an exception from the credential's constructor.</remarks>
    public static (BindingProxy? Proxy, VariableProblem? Problem) Read(Func<string, string?> environment)
    {
        var (address, name, file, data) = (Find(AddressVariable), Find(ServerNameVariable), Find(CaFileVariable), Find(CaDataVariable));
        return address switch
        {
            null when (name ?? file ?? data) is null => (null, null),
            null => (null, new(AddressVariable, string.Empty, "it must be set if any other AZURE_KUBERNETES_ variable is", Example)),
            _ when file is not null && data is not null => (null, new(CaFileVariable, file, $"it must not be set together with {CaDataVariable}", "/etc/proxy/ca.crt")),
            _ when name is not null && Uri.CheckHostName(name) is not (UriHostNameType.Dns or UriHostNameType.IPv4) =>
                (null, new(ServerNameVariable, name, "it must be a host name", "a1b2c3.ests.aks")),
            _ when Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri is { Scheme: "https", UserInfo.Length: 0, Query.Length: 0, Fragment.Length: 0 } =>
                (new BindingProxy(uri, name, file, data), null),
            _ => (null, new(AddressVariable, address, "it must be an absolute https address without a user name, query or fragment", Example)),
        };

        string? Find(string variable) => environment(variable) is { Length: > 0 } value ? value : null;
    }

    /// <returns>Why nobody could be trusted; <see langword="null"/> when somebody can.</returns>
    public VariableProblem? FindProblem() => ReadAuthorities() is not { Problem: { } problem } ? null
        : CaFile is null ? new(CaDataVariable, "…", $"it {problem}", "-----BEGIN CERTIFICATE-----…")
        : new(CaFileVariable, CaFile, $"it {problem}", "/etc/proxy/ca.crt");

    /// <summary>Whom its connections may end at: the CAs are read for each, since they are exchanged while the process runs.</summary>
    public void Restrict(SslClientAuthenticationOptions options)
    {
        if ((CaFile ?? CaData) is not null)
        {
            options.TrustOnly(_ => ReadAuthorities().Authorities);
        }
    }

    /// <returns>Neither where the machine's CAs count.</returns>
    private (X509Certificate2Collection? Authorities, string? Problem) ReadAuthorities()
    {
        var (text, problem) = CaFile is null ? (CaData, null) : SmallFile.Read(CaFile, MaxCaFile);
        if (text is null)
        {
            return (null, problem);
        }

        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(text);
            return authorities.Count > 0 ? (authorities, null) : (null, "holds no certificate");
        }
        catch (CryptographicException)
        {
            return (null, "holds no certificate that can be read");
        }
    }
}
