using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Probe.Asking;

/// <summary>A file of CAs, of which a connection needs one.</summary>
internal static class PemBundle
{
    private const int MaxLength = 4 * 1024 * 1024;
    private const int MaxCertificate = 16 * 1024;

    public static bool HasAny(string path) => Read(path, pem => pem.Next(Begin, out _) && pem.Next(End, out _) ? "" : null) is not null;

    /// <returns>The CAs that bear the name of an issuer: whether they have signed anything is not looked at.</returns>
    public static X509Certificate2Collection FindIssuers(string path, X509Certificate2Collection offered)
    {
        var issuers = offered.Select(o => o.IssuerName.RawData).ToArray();
        var found = new X509Certificate2Collection();
        var buffer = new byte[MaxCertificate];
        return Read(path, pem =>
        {
            while (pem.Next(Begin, out _) && pem.Next(End, out var body))
            {
                _ = Base64.DecodeFromUtf8(body, buffer, out _, out var length);
                if (Array.Exists(issuers, i => buffer.AsSpan(0, length).IndexOf(i) >= 0) && TryLoad(buffer.AsSpan(0, length)) is { } authority)
                {
                    found.Add(authority);
                }
            }

            return found;
        }) ?? found;
    }

    private static ReadOnlySpan<byte> Begin => "-----BEGIN CERTIFICATE-----"u8;

    private static ReadOnlySpan<byte> End => "-----END CERTIFICATE-----"u8;

    private static T? Read<T>(string path, Func<MarkedText, T?> read)
        where T : class =>
        SmallFile.Read<T>(path, file => (file.Length > MaxLength ? null : read(new MarkedText(file)), null)).Content;

    private static X509Certificate2? TryLoad(ReadOnlySpan<byte> content)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(content);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
