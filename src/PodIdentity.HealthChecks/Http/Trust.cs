using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PodIdentity.HealthChecks.Http;

/// <summary>Whom a TLS connection may end at, where it is not the machine that says so.</summary>
internal static class Trust
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Trusts nobody but the authorities that are found, for each connection anew, by the certificates that the server offers.</summary>
    public static void TrustOnly(this SslClientAuthenticationOptions options, Func<X509Certificate2Collection, X509Certificate2Collection?> find)
    {
        options.CertificateChainPolicy = WithoutDownloads();
        options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
        {
            if (certificate is not X509Certificate2 leaf || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) is not SslPolicyErrors.None)
            {
                return false;
            }

            var offered = new X509Certificate2Collection(leaf);
            offered.AddRange(chain?.ChainPolicy.ExtraStore ?? []);
            return find(offered) is { Count: > 0 } authorities && IsVouchedFor(leaf, offered, authorities);
        };
    }

    private static bool IsVouchedFor(X509Certificate2 leaf, X509Certificate2Collection offered, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain { ChainPolicy = WithoutDownloads() };
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.ExtraStore.AddRange(offered);
        return chain.Build(leaf);
    }

    /// <summary>A certificate may name an address to fetch its issuer from: whoever shows it would send this pod anywhere, for as long as it takes.</summary>
    private static X509ChainPolicy WithoutDownloads() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        ApplicationPolicy = { new Oid(ServerAuthentication) },
    };
}
