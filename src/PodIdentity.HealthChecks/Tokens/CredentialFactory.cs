using Azure.Core;
using Microsoft.Extensions.DependencyInjection;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>The application's credential factory. It is the application's own code: what it throws is for the log, and not for a verdict.</summary>
internal sealed class CredentialFactory(Func<IServiceProvider, TokenCredential> create, IServiceCollection registered)
{
    /// <returns>What makes the credential, or throws a <see cref="CredentialFactoryException"/>.</returns>
    public Func<TokenCredential> For(IServiceProvider services, Action<Exception> log) => () =>
    {
        try
        {
            return create(services) ?? throw new InvalidOperationException("The credential factory returned null.");
        }
        catch (Exception exception)
        {
            log(exception);
            throw new CredentialFactoryException(CauseOf(exception), exception);
        }
    };

    /// <summary>
    /// A scoped service cannot be resolved from the root services. The container's message is compared with, never shown: what is shown
    /// is the type of a registration.
    /// </summary>
    private string CauseOf(Exception exception)
    {
        var message = exception is InvalidOperationException ? exception.Message : "";
        var scoped = registered.FirstOrDefault(s =>
            s.Lifetime is ServiceLifetime.Scoped && message.Contains($"scoped service '{s.ServiceType}'", StringComparison.Ordinal));
        return scoped is null ? exception.GetType().Name : $"{scoped.ServiceType.Name} is registered as scoped; register it as a singleton";
    }
}

/// <summary>The application's credential factory failed. The message is safe to show.</summary>
#pragma warning disable CA1032, CA1064 // It never leaves this folder: CredentialCall catches it.
internal sealed class CredentialFactoryException(string message, Exception exception) : Exception(message, exception);
#pragma warning restore CA1032, CA1064
