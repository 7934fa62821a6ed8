using System.Text;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Tokens;

/// <summary>What the service account token in the pod says about itself.</summary>
public sealed class FederatedTokenFileTests : IDisposable
{
    private readonly DateTimeOffset _now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private readonly FileInfo _file = new(Path.GetTempFileName());

    public void Dispose() => _file.Delete();

    [Theory]
    [InlineData("""["api://AzureADTokenExchange"]""", "api://AzureADTokenExchange")]
    [InlineData("\"api://AzureADTokenExchange\"", "api://AzureADTokenExchange")]
    [InlineData("""["api://AKSIdentityBinding","other",7]""", "api://AKSIdentityBinding other ")]
    [InlineData("7", null)]
    [InlineData("[]", "")]
    public void Issuer_subject_and_audience_are_those_that_a_federated_credential_is_compared_with(string audience, string? expected)
    {
        var file = Inspect($$"""{"iss":"https://issuer.example/","sub":"system:serviceaccount:shop:orders","aud":{{audience}},"exp":1800003600}""");

        Assert.Null(file.Problem);
        Assert.Equal(new FederatedTokenClaims("https://issuer.example/", "system:serviceaccount:shop:orders", expected?.TrimEnd(), _now.AddHours(1)), file.Claims);
    }

    [Fact]
    public void A_file_that_is_unusable_is_told_with_what_the_token_in_it_says()
    {
        var file = Inspect("""{"iss":"https://issuer.example/","sub":"system:serviceaccount:shop:orders","aud":["a"],"exp":1799996400}""");

        var finding = FailureTable.Read(new Observation { Token = FederatedTokenSource.NoToken, FederatedToken = file });

        Assert.Equal(PodIdentityFailureReason.FederatedTokenUnusable, finding.Reason);
        Assert.StartsWith($"The federated token file {_file.FullName} holds a token that expired 1 h ago", finding.What, StringComparison.Ordinal);
        Assert.EndsWith("; issuer `https://issuer.example/`, subject `system:serviceaccount:shop:orders`, audience `a`", finding.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such/token", "does not exist")]
    [InlineData("/no/such/token\n", "does not exist: its path begins or ends with white space")]
    public void A_path_with_white_space_around_it_is_said_to_have_that(string path, string problem) =>
        Assert.Equal(("/no/such/token", problem), FederatedTokenFile.Inspect(path, _now) is var file ? (file.Path, file.Problem) : default);

    [Fact]
    public void A_token_in_the_place_of_a_path_is_not_shown()
    {
        const string Token = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlLyJ9.c2lnbmF0dXJl";

        var file = FederatedTokenFile.Inspect(Token, _now);

        Assert.Equal((SafeText.Withheld, "does not exist"), (file.Path, file.Problem));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("garbage")]
    public void What_is_no_token_says_nothing(string payload)
    {
        var file = Inspect(payload);

        Assert.Equal(FederatedTokenClaims.None, file.Claims);
        Assert.StartsWith("holds no service account token with an expiry", file.Problem, StringComparison.Ordinal);
    }

    private FederatedTokenFacts Inspect(string payload)
    {
        File.WriteAllText(_file.FullName, $"e30.{Convert.ToBase64String(Encoding.UTF8.GetBytes(payload)).TrimEnd('=')}.c2ln");
        return FederatedTokenFile.Inspect(_file.FullName, _now);
    }
}
