from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class OktaAccountAdapter(DefaultSocialAccountAdapter):
    pass
