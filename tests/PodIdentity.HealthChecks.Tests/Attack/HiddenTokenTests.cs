using System.Text;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>Tokens in texts, in all the ways in which they get there.</summary>
public sealed class HiddenTokenTests
{
    private static readonly string Jwt = FakeToken.For("6f9619ff-8b86-d011-b42d-00c04fc964ff");
    private static readonly string Base64 = Convert.ToBase64String(Enumerable.Range(0, 600).Select(i => (byte)(i * 37)).ToArray());

    public static TheoryData<string, string> Hideouts => new()
    {
        { "in a header", $"Authorization: Bearer {Jwt}" },
        { "in JSON of JSON", $$"""{\"access_token\":\"{{Jwt}}\"}""" },
        { "in a query", $"http://h/?assertion={Jwt}&x=1" },
        { "in a path", $"http://h/some/path/of/lower/case/words/that/is/long/enough/to/hide/in/{Jwt}/x" },
        { "with slashes", $"secret: {Base64}" },
        { "with slashes, behind a path", $"https://h/v1/{Base64}" },
        { "with invisible marks inside", $"secret: {string.Join('\u200b', Jwt.Chunk(30).Select(c => new string(c)))}" },
        { "in pieces of 4", Pieces(4, "\0") },
        { "in pieces of 10", Pieces(10, " ") },
        { "in pieces of 16, as a sum", Pieces(16, "\" + \"") },
        { "in pieces of 20", Pieces(20, "\r\n") },
        { "in pieces of 32", Pieces(32, "\n") },
        { "in pieces of 76", Pieces(76, "\n ") },
        { "in pieces, with the shortest header", Pieces(12, " ").Replace("eyJ0eXAiOiJK V1QiLCJhbGci OiJSUzI1NiJ9", "eyJhbGciOiJu b25lIn0", StringComparison.Ordinal) },
        { "across the end of what is looked at", $"{new string('A', 2370)} {FakeToken.Opaque(300, seed: 8)}" },
    };

    [Theory]
    [MemberData(nameof(Hideouts))]
    public void A_token_is_removed(string hideout, string text)
    {
        var windows = new TokenWindows(Jwt, Base64, FakeToken.Opaque(300, seed: 8));

        var shown = SafeText.ForPeople(text);
        Assert.True(windows.FindIn(shown) is null, $"{hideout}: {shown}");
        Assert.True(windows.FindIn(string.Concat(shown.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))) is null, $"{hideout}: {shown}");
    }

    [Theory]
    [InlineData("/subscriptions/3c1b5a7e-9d2f-4e6a-b8c0-2d4f6a8c0e13/resourceGroups/nodes/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-a")]
    [InlineData("POST https://login.microsoftonline.com/7e4a9d1c-5b0f-4c3e-8a26-1f9d3c5b7e02/oauth2/v2.0/token")]
    [InlineData("dial tcp 169.254.169.254:80: connect: connection refused")]
    [InlineData("The key JSON of the survey January is malformed. They Just failed: try again later, or see the documentation of this service.")]
    public void Names_and_addresses_are_no_tokens(string text) => Assert.Equal(text, SafeText.ForPeople(text));

    [Theory]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.abc.def", "[removed]")]
    [InlineData("/subscriptions/eyJhbGciOiJSUzI1NiJ9/x", "/subscriptions/[removed]/x")]
    [InlineData("/subscriptions/x/resourceGroups/keyJobs-of-the-whole-department", "/subscriptions/x/resourceGroups/keyJobs-of-the-whole-department")]
    public void A_word_that_begins_as_a_token_does_is_no_identifier(string text, string shown) => Assert.Equal(shown, SafeText.Identifier(text));

    [Fact]
    public void A_token_in_the_claims_of_another_is_removed()
    {
        var identity = TokenClaims.Read(FakeToken.WithClaims($$"""{"appid":"{{Jwt}}","xms_mirid":"/subscriptions/{{Jwt}}/x"}""")).Identity;

        Assert.Equal(("[removed]", "/subscriptions/[removed]/x"), (identity.ClientId, identity.ResourceId));
    }

    [Fact]
    public void An_identifier_with_invisible_marks_is_not_the_one_that_it_looks_like()
    {
        var identity = TokenClaims.Read(FakeToken.WithClaims("""{"oid":"6f9619ff-8b86-d011-b42d-00c04fc964ff\u200b"}""")).Identity;

        Assert.NotNull(new Expectation { ObjectId = "6f9619ff-8b86-d011-b42d-00c04fc964ff" }.FindMismatch(identity));
    }

    private static string Pieces(int length, string between) => $"error: {string.Join(between, Jwt.Chunk(length).Select(c => new string(c)))} and more";

    [Fact]
    public void No_wait_is_longer_than_anybody_would_wait()
    {
        var answer = new TokenAnswer("http://h/t", ToEntra: false, 429, RetryAfter: TimeSpan.FromDays(8000 * 365));

        var wait = TokenAnswerReader.Read(answer, Encoding.UTF8.GetBytes("{}"), DateTimeOffset.UnixEpoch).RetryAfter;

        Assert.Equal(TimeSpan.FromHours(1), wait);
    }
}
