using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PodIdentity.HealthChecks.Tests;

/// <summary>
/// Microsoft Entra ID's token endpoint over TLS, with a CA of its own, and the pod that the webhook has pointed to it. Below <c>/binding</c> it
/// is the proxy of an identity binding.
/// </summary>
internal sealed class EntraServer : IAsyncDisposable
{
    public const string ClientId = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
    public const string Issuer = "https://issuer.example/cluster/";
    public const string Subject = "system:serviceaccount:shop:orders";
    public const string Name = "login.entra.example";
    public const string Tenant = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

    private readonly DirectoryInfo _pod = Directory.CreateTempSubdirectory();
    private WebApplication _server = null!;

    private EntraServer() => ExchangeAuthority();

    public string TokenFile => Path.Combine(_pod.FullName, "azure-identity-token");

    /// <summary>The bundle that its CA is in.</summary>
    public string Bundle => Path.Combine(_pod.FullName, "ca.pem");

    /// <summary>What was posted last.</summary>
    public IReadOnlyDictionary<string, string> Form { get; private set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The name that the last connection was made for, and the one that its request was for.</summary>
    public (string? OfConnection, string OfRequest) Names { get; private set; }

    public X509Certificate2 Certificate { get; private set; } = null!;

    public int Requests { get; private set; }

    /// <summary>What it answers; <see langword="null"/>: a token.</summary>
    public (int Status, string Body)? Refusal { get; set; }

    public string Address => _server.Urls.First().Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    public static async Task<EntraServer> StartAsync(CancellationToken cancellationToken)
    {
        var entra = new EntraServer();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.UseHttps(https => https.ServerCertificateSelector = (_, name) => entra.Present(name))));
        entra._server = builder.Build();
        entra._server.MapPost($"/{Tenant}/oauth2/v2.0/token", entra.AnswerAsync);
        entra._server.MapPost($"/binding/{Tenant}/oauth2/v2.0/token", entra.AnswerAsync);
        entra.WriteToken(TimeProvider.System.GetUtcNow().AddHours(1));
        await entra._server.StartAsync(cancellationToken);
        return entra;
    }

    public (string, string)[] Environment(params (string, string)[] more) =>
    [
        ("AZURE_FEDERATED_TOKEN_FILE", TokenFile),
        ("AZURE_AUTHORITY_HOST", Address),
        ("AZURE_TENANT_ID", Tenant),
        ("AZURE_CLIENT_ID", ClientId),
        ("SSL_CERT_FILE", Bundle),
        ("HTTP_RETRY_MIN_SECONDS", "1ms"),
        ("POD_IDENTITY_ATTEMPT_TIMEOUT", "5m"),
        .. more,
    ];

    /// <summary>The pod of an identity binding: nothing but its CA vouches for the proxy, and only for a name that no DNS knows.</summary>
    public (string, string)[] Binding(params (string, string)[] more) => Environment(
    [
        ("AZURE_AUTHORITY_HOST", "https://login.invalid/"),
        ("AZURE_KUBERNETES_TOKEN_PROXY", _server.Urls.First() + "/binding/"),
        ("AZURE_KUBERNETES_SNI_NAME", Name),
        ("AZURE_KUBERNETES_CA_FILE", Bundle),
        ("SSL_CERT_FILE", "/dev/null"),
        .. more,
    ]);

    /// <summary>From now on another CA vouches for it, which is in the bundle in place of the one before.</summary>
    public void ExchangeAuthority()
    {
        using var authority = MakeAuthority();
        File.WriteAllText(Bundle, authority.ExportCertificatePem());
        Certificate = Issue(authority);
    }

    public void WriteToken(DateTimeOffset expiry) => File.WriteAllText(TokenFile, Jwt(
        $$"""{"iss":"{{Issuer}}","sub":"{{Subject}}","aud":["api://AzureADTokenExchange"],"exp":{{expiry.ToUnixTimeSeconds()}}}"""));

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Certificate.Dispose();
        _pod.Delete(recursive: true);
    }

    private static string Jwt(string claims) => $"e30.{Convert.ToBase64String(Encoding.UTF8.GetBytes(claims)).TrimEnd('=')}.c2ln";

    private static X509Certificate2 MakeAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=a CA of the test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName(Name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, new DateTimeOffset(authority.NotBefore), new DateTimeOffset(authority.NotAfter), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    private X509Certificate2 Present(string? name)
    {
        Names = (name, "");
        return Certificate;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Requests++;
        Names = (Names.OfConnection, context.Request.Host.Value ?? "");
        Form = (await context.Request.ReadFormAsync(context.RequestAborted)).ToDictionary(f => f.Key, f => f.Value.ToString(), StringComparer.Ordinal);
        context.Response.ContentType = "application/json";
        context.Response.StatusCode = Refusal?.Status ?? 200;
        var token = Jwt($$"""{"appid":"{{Form["client_id"]}}","tid":"{{Tenant}}","exp":{{TimeProvider.System.GetUtcNow().AddHours(24).ToUnixTimeSeconds()}}}""");
        await context.Response.WriteAsync(
            Refusal?.Body ?? $$"""{"token_type":"Bearer","expires_in":86399,"ext_expires_in":86399,"access_token":"{{token}}"}""", context.RequestAborted);
    }
}
