using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PodIdentity.HealthChecks.Testing.Wire;

namespace PodIdentity.HealthChecks.Testing.WorkloadIdentity;

/// <summary>
/// The API server as the issuer of service account tokens, with the cluster's key. Every simulator of a process is of the same cluster: to make a key
/// takes longer than to start a simulator.
/// </summary>
internal static class ServiceAccountIssuer
{
    public const string Issuer = "https://oidc.simulated.example/6f2c1a0e-3b5d-4c7f-8e9a-0b1c2d3e4f50/";

    private const string KeyId = "simulated-cluster";

    private static readonly RSA Key = RSA.Create(keySizeInBits: 2048);

    /// <summary>What the API server has at <c>/openid/v1/jwks</c>.</summary>
    public static string Keys { get; } = Publish(Key.ExportParameters(includePrivateParameters: false));

    public static string Issue(string @namespace, string serviceAccount, string subject, string audience, DateTimeOffset now, TimeSpan lifetime)
    {
        var (issued, expires) = (now.ToUnixTimeSeconds(), (now + lifetime).ToUnixTimeSeconds());
        var times = string.Create(CultureInfo.InvariantCulture, $"\"exp\":{expires},\"iat\":{issued},\"nbf\":{Math.Min(issued, expires)}");
        var payload =
            $"{{\"aud\":[{GoJson.Quote(audience)}],{times},\"iss\":\"{Issuer}\",\"jti\":\"{Guid.NewGuid()}\",\"sub\":{GoJson.Quote(subject)},"
            + $"\"kubernetes.io\":{{\"namespace\":{GoJson.Quote(@namespace)},\"serviceaccount\":{GoJson.Object(("name", serviceAccount))}}}}}";
        var signed = $"{Base64Url.Encode(GoJson.Object(("alg", "RS256"), ("kid", KeyId)))}.{Base64Url.Encode(payload)}";
        lock (Key)
        {
            return $"{signed}.{Base64Url.Encode(Key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
        }
    }

    private static string Publish(RSAParameters key)
    {
        var json = GoJson.Object(
            ("use", "sig"), ("kty", "RSA"), ("kid", KeyId), ("alg", "RS256"), ("n", Base64Url.Encode(key.Modulus!)), ("e", Base64Url.Encode(key.Exponent!)));
        return $"{{\"keys\":[{json}]}}";
    }
}
